import { annotate } from './annotate.ts';
import { datasets } from './datasets.ts';
import { evaluate } from './evaluate.ts';
import { frame } from './frame.ts';
import { home } from './home.ts';
import { models } from './models.ts';
import { playground } from './playground.ts';
import { rollouts } from './rollouts.ts';
import { settings } from './settings.ts';
import { train } from './train.ts';
import { turns } from './turns.ts';

export const en = { frame, home, datasets, annotate, train, rollouts, turns, evaluate, playground, models, settings };
