import { annotate } from './annotate.ts';
import { common } from './common.ts';
import { data } from './data.ts';
import { evaluate } from './evaluate.ts';
import { files } from './files.ts';
import { machine } from './machine.ts';
import { models } from './models.ts';
import { pages } from './pages.ts';
import { processes } from './processes.ts';
import { rows } from './rows.ts';
import { runs } from './runs.ts';
import { safetensors } from './safetensors.ts';
import { store } from './store.ts';
import { things } from './things.ts';
import { tools } from './tools.ts';
import { train } from './train.ts';
import { type Catalogue, chineseOf } from './translate.ts';

/** The subjects; none says a sentence again. */
export const subjects: readonly Pick<Catalogue, 'parts' | 'sentences'>[] = [common, data, models, safetensors, files, pages, store, annotate, train, evaluate, tools, ...[rows, runs, machine, processes].map((sentences) => ({ parts: {}, sentences }))];

const all = (kind: 'parts' | 'sentences') => Object.assign({}, ...subjects.map((subject) => subject[kind])) as Catalogue['parts'];

export const catalogue: Catalogue = { things, parts: all('parts'), sentences: all('sentences') };

export const engineChinese = chineseOf(catalogue);
