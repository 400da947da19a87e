import { annotateContract } from './contract/annotate.ts';
import { appContract } from './contract/app.ts';
import { modelsContract } from './contract/models.ts';
import { datasetsContract } from './contract/datasets.ts';
import { evaluationsContract } from './contract/evaluations.ts';
import { playgroundContract } from './contract/playground.ts';
import { queueContract } from './contract/queue.ts';
import { rolloutsContract } from './contract/rollouts.ts';
import { runsContract } from './contract/runs.ts';
import { settingsContract } from './contract/settings.ts';

/** Everything that crosses between the engine and a window; one file for each part of the app. */
export const contract = { ...annotateContract, ...appContract, ...evaluationsContract, ...datasetsContract, ...modelsContract, ...playgroundContract, ...queueContract, ...rolloutsContract, ...runsContract, ...settingsContract } as const;

export type AppContract = typeof contract;
