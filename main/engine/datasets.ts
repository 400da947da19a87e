import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { z } from 'zod';
import type { datasetsContract } from '../../preload/contract/datasets.ts';
import { writeMini } from '../data/mini/dataset.ts';
import { givenFields } from '../records/given-fields.ts';
import type { Handlers } from '../rpc/serve.ts';
import { faultWithGivenNames, withGivenNames } from '../serve/files.ts';
import type { DatasetRow, SampleRow } from '../store/datasets/datasets.ts';
import type { SampleFilter } from '../store/datasets/filter.ts';
import type { DatasetImport } from '../store/datasets/import-dataset.ts';
import type { SampleCounts } from '../store/datasets/statistics.ts';
import type { EngineContext } from './context.ts';
import { exportDataset } from './datasets-export.ts';
import { forgetUploads, gatherFiles, placeOnMachine, previewFiles } from './datasets-files.ts';
import { Outlet } from './outlet.ts';

type Importing = z.input<(typeof datasetsContract)['datasets.import']['item']>;

export function datasetsHandlers({ home, store, changes }: EngineContext): Handlers<typeof datasetsContract> {
  const { datasets } = store;

  const read = (outlet: Outlet<Importing>, wish: DatasetImport): Promise<DatasetRow> => datasets.import({ ...wish, onProgress: ({ file, ...progress }) => outlet.put({ kind: 'progress', file: path.basename(file), ...progress }) });
  const finish = (outlet: Outlet<Importing>, row: DatasetRow): void => {
    changes.tell('datasets', String(row.id));
    outlet.put({ kind: 'done', dataset: shownDataset(row) });
  };

  return {
    'datasets.list': () => datasets.list().map(shownDataset),
    'datasets.page': ({ dataset, filter, offset, limit }) => {
      const { total, rows } = datasets.page(dataset, { filter: givenFields(filter), offset, limit });
      return { total, rows: rows.map(shownRow) };
    },
    'datasets.sample': ({ dataset, ordinal, filter }) => {
      const { tags, sample: { source: _, ...sample } } = datasets.sample(dataset, ordinal);
      return { ordinal, index: datasets.placeOf(dataset, ordinal, givenFields(filter)), sample, tags: [...tags] };
    },
    'datasets.counts': ({ dataset, filter }) => countsBeside(givenFields(filter), (each) => datasets.counts(dataset, each)),
    'datasets.statistics': ({ dataset }) => {
      const { questionLength: { edges, counts }, ...rest } = datasets.statistics(dataset);
      return { ...rest, questionLength: { edges: [...edges], counts: [...counts] } };
    },
    'datasets.faults': ({ dataset, offset, limit }) => {
      const { total, rows } = datasets.faults(dataset, { offset, limit });
      return { total, rows: rows.map((row) => ({ ...row, reason: withGivenNames(home, row.reason) })) };
    },
    'datasets.preview': async ({ places, format, images }, signal) => {
      const files = await previewFiles(home, { places, format, images }, signal).catch((error: unknown) => { throw faultWithGivenNames(home, error); });
      return { files };
    },
    'datasets.import': ({ name, files, format, images }, signal) =>
      Outlet.from(async (outlet) => {
        const gathered = await gatherFiles(home, files);
        const folder = images === null ? gathered.images : placeOnMachine(images);
        const row = await read(outlet, { name, files: gathered.data, ...(format && { format }), ...(folder !== undefined && { images: folder }), signal }).catch((error: unknown) => { throw faultWithGivenNames(home, error); });
        await gathered.discard();
        finish(outlet, row);
      }),
    'datasets.forgetUploads': async ({ places }) => {
      await forgetUploads(home, places);
      return null;
    },
    'datasets.importMini': ({ name, seed, ...counts }, signal) =>
      Outlet.from(async (outlet) => {
        const folder = await mkdtemp(path.join(os.tmpdir(), 'arft-mini-'));
        try {
          const total = counts.train + counts.test;
          await writeMini(folder, seed, { ...counts, validation: 0 }, (done) => outlet.put({ kind: 'making', done, total }), signal);
          finish(outlet, await read(outlet, { name, files: (['train', 'test'] as const).filter((split) => counts[split] > 0).map((split) => path.join(folder, `${split}.jsonl`)), format: 'samples', signal }));
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      }),
    'datasets.rename': ({ dataset, name }) => {
      datasets.rename(dataset, name);
      changes.tell('datasets', String(dataset));
      return null;
    },
    'datasets.remove': async ({ dataset }) => {
      const bin = await store.bin.remove({ kind: 'dataset', dataset });
      changes.tell('datasets');
      changes.tell('settings');
      return { bin };
    },
    'datasets.removeSamples': async ({ dataset, ordinals }) => {
      const bin = await store.bin.remove({ kind: 'samples', dataset, ordinals });
      changes.tell('datasets', String(dataset));
      changes.tell('settings');
      return { bin };
    },
    'datasets.tag': ({ dataset, ordinals, tag, on }) => {
      datasets.tag(dataset, ordinals, tag, on);
      changes.tell('datasets', String(dataset));
      return null;
    },
    'datasets.assignSplits': async ({ dataset, shares, seed }) => {
      const counts = await datasets.assignSplits(dataset, { shares, seed });
      changes.tell('datasets', String(dataset));
      return counts;
    },
    'datasets.export': ({ dataset, filter, format, folder, images }, signal) => exportDataset(store, { dataset, filter: givenFields(filter), format, folder: folder === '' ? path.join(home, 'exports') : placeOnMachine(folder), images }, signal),
    'datasets.asFile': async ({ dataset, filter }, signal) => {
      const { file } = await exportDataset(store, { dataset, filter: givenFields(filter), format: 'samples', folder: path.join(home, 'exports'), images: false }, signal);
      return { file };
    },
    'datasets.scoredAs': ({ dataset, filter }) => {
      const { total, kinds } = datasets.counts(dataset, givenFields(filter));
      const as = (benchmark: 'mat-mini' | 'mat-coding' | 'mat-search' | null, why: 'empty' | 'mixed' | null = null) => ({ benchmark, why, count: total });
      if (total === 0) return as(null, 'empty');
      const { rows } = datasets.page(dataset, { filter: givenFields(filter), limit: 20 });
      // The built-in task is one benchmark of both kinds.
      if (rows.every(({ id }) => /^mini-[a-z]+-\d+-\d+$/.test(id))) return as('mat-mini');
      if (Object.keys(kinds).length > 1) return as(null, 'mixed');
      return as((kinds['coding'] ?? 0) > 0 ? 'mat-coding' : 'mat-search');
    },
  };
}

const shownDataset = ({ source, ...row }: DatasetRow) => ({ ...row, files: source === '' ? [] : source.split('\n').map((file) => path.basename(file)) });

const shownRow = ({ question, answers, images, issues, tags, ...row }: SampleRow) => ({
  ...row, question: question.slice(0, 300), answers: answers.slice(0, 4).map((answer) => answer.slice(0, 100)), answerCount: answers.length, images: [...images], issues: [...issues], tags: [...tags],
});

/** What belongs to each filter in the counts. */
const countedBy = { kind: ['kinds'], split: ['splits'], issue: ['issues'], tag: ['tags'], image: ['withImage', 'withoutImage'] } as const satisfies Partial<Record<keyof SampleFilter, readonly (keyof SampleCounts)[]>>;

/** Counts under a filter; those of what is filtered by as they are without that filter, so that one sees what else there is. */
function countsBeside(filter: SampleFilter, count: (filter: SampleFilter) => SampleCounts): SampleCounts {
  let counts = count(filter);
  for (const [key, fields] of Object.entries(countedBy) as [keyof typeof countedBy, readonly (keyof SampleCounts)[]][]) {
    if (filter[key] === undefined) continue;
    const { [key]: _, ...others } = filter;
    const beside = count(others);
    counts = { ...counts, ...Object.fromEntries(fields.map((field) => [field, beside[field]])) };
  }
  return counts;
}
