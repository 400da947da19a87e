import { z } from 'zod';
import { annotationStates } from '../../main/records/annotation.ts';
import { imageIssues, sample } from '../../main/records/sample.ts';
import { call, stream } from '../rpc/frames.ts';

const formatName = z.enum(['mat-coding', 'mat-search', 'mat-coding-training', 'mat-search-training', 'flashrag', 'samples', 'chat']);
const dataset = z.int().min(1).max(2 ** 31 - 1);
const ordinal = z.int().min(0).max(2 ** 32 - 1);
const name = z.string().trim().min(1).max(200);
/** A file or folder of this machine, or `upload:…`. */
const place = z.string().min(1).max(4096);
/** Data files and images; a folder of images may be dropped at once. */
const places = z.array(place).min(1).max(20_000);
const count = z.int().min(0);
const counts = z.record(z.string(), z.int());

const filter = z.strictObject({
  text: z.string().max(1000).optional(),
  kind: z.enum(['coding', 'search']).optional(),
  /** '' for samples of no split. */
  split: z.string().max(200).optional(),
  image: z.boolean().optional(),
  tag: z.string().max(100).optional(),
  issue: z.enum(imageIssues).optional(),
  /** `new`: nobody has annotated it here. */
  annotation: z.enum(annotationStates).optional(),
});

const row = z.object({
  id: z.int(),
  name: z.string(),
  /** Names of the files that it was read from. */
  files: z.array(z.string()),
  format: z.string(),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime(),
  samples: z.int(),
  faults: z.int(),
});

const sampleRow = z.object({
  ordinal: z.int(),
  id: z.string(),
  kind: z.enum(['coding', 'search']),
  split: z.string().nullable(),
  /** Its first 300 characters. */
  question: z.string(),
  /** The first four, 100 characters of each. */
  answers: z.array(z.string()),
  answerCount: z.int(),
  images: z.array(z.string()),
  imageCount: z.int(),
  issues: z.array(z.enum(imageIssues)),
  steps: z.int(),
  tags: z.array(z.string()),
});

const fault = z.object({ file: z.string(), row: z.int(), line: z.int().nullable(), reason: z.string(), kept: z.boolean() });

const sampleCounts = z.object({ total: z.int(), kinds: counts, splits: counts, issues: counts, tags: counts, withImage: z.int(), withoutImage: z.int() });

const previewed = z.object({
  place: z.string(),
  name: z.string(),
  bytes: z.number(),
  /** Why nothing of it can be read. */
  refused: z.string().nullable(),
  format: formatName.nullable(),
  container: z.enum(['list', 'lines', 'parquet']).nullable(),
  /** Samples that were seen, of which the first are shown. */
  found: z.int(),
  samples: z.array(z.object({ id: z.string(), kind: z.enum(['coding', 'search']), question: z.string(), answers: z.array(z.string()), images: z.int(), split: z.string().nullable(), steps: z.int() })),
  /** Rows with faults that were seen, of which the first are listed. */
  faulty: z.int(),
  faults: z.array(fault.omit({ file: true })),
  /** Whether the whole file was looked at. */
  whole: z.boolean(),
});

const importing = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('progress'), file: z.string(), samples: z.int(), faults: z.int() }),
  /** The built-in task is being made. */
  z.object({ kind: z.literal('making'), done: z.int(), total: z.int() }),
  z.object({ kind: z.literal('done'), dataset: row }),
]);

export const datasetsContract = {
  /** The latest first. */
  'datasets.list': call(z.undefined(), z.array(row)),
  'datasets.page': call(z.strictObject({ dataset, filter, offset: count.max(2 ** 32 - 1), limit: z.int().min(1).max(500) }), z.object({ total: z.int(), rows: z.array(sampleRow) })),
  /** A whole sample, and how many that fit the filter stand before it. */
  'datasets.sample': call(z.strictObject({ dataset, ordinal, filter }), z.object({ ordinal: z.int(), index: z.int(), sample: sample.omit({ source: true }), tags: z.array(z.string()) })),
  /** For each thing that can be filtered by, how many samples its values would leave beside the other filters. */
  'datasets.counts': call(z.strictObject({ dataset, filter }), sampleCounts),
  'datasets.statistics': call(
    z.strictObject({ dataset }),
    sampleCounts.extend({
      answers: z.object({ none: z.int(), one: z.int(), several: z.int() }),
      images: counts,
      questionLength: z.object({ edges: z.array(z.int()), counts: z.array(z.int()) }),
      chains: z.int(),
      chainSteps: z.int(),
    }),
  ),
  /** Rows of its files that were left out, or read without something. */
  'datasets.faults': call(z.strictObject({ dataset, offset: count.max(2 ** 32 - 1), limit: z.int().min(1).max(500) }), z.object({ total: z.int(), rows: z.array(fault) })),
  /** The first rows of files as they would be imported; a folder stands for the data files in it. */
  'datasets.preview': call(z.strictObject({ places, format: formatName.nullable(), images: z.string().max(4096).nullable() }), z.object({ files: z.array(previewed) })),
  /** `images`: the folder of the files' images, or null for the one beside each file. Cancelling the stream leaves nothing. */
  'datasets.import': stream(z.strictObject({ name, files: places, format: formatName.nullable(), images: z.string().max(4096).nullable() }), importing),
  /** Removes dropped files that are not imported after all. */
  'datasets.forgetUploads': call(z.strictObject({ places }), z.null()),
  /** The built-in task as a dataset. */
  'datasets.importMini': stream(z.strictObject({ name, seed: z.int().min(0).max(2 ** 31 - 1), train: count.max(100_000), test: count.max(100_000) }), importing),
  'datasets.rename': call(z.strictObject({ dataset, name }), z.null()),
  /** Into the bin; settings.restore brings it back. */
  'datasets.remove': call(z.strictObject({ dataset }), z.object({ bin: z.int() })),
  'datasets.removeSamples': call(z.strictObject({ dataset, ordinals: z.array(ordinal).min(1).max(10_000) }), z.object({ bin: z.int() })),
  'datasets.tag': call(z.strictObject({ dataset, ordinals: z.array(ordinal).min(1).max(10_000), tag: z.string().trim().min(1).max(100), on: z.boolean() }), z.null()),
  'datasets.assignSplits': call(z.strictObject({ dataset, shares: z.record(z.string().trim().min(1).max(100), z.number().min(0).max(1_000_000)), seed: z.int().min(0).max(2 ** 31 - 1) }), counts),
  /**
   * Into a new folder under `folder` ('' : exports in the data folder), named like the dataset. `format` null: as it was
   * imported. Cancelling the call leaves no half-written file.
   */
  'datasets.export': call(
    z.strictObject({ dataset, filter, format: formatName.nullable(), folder: z.string().max(4096), images: z.boolean() }),
    z.object({ file: z.string(), rows: z.int(), images: z.int(), left: z.int(), reasons: z.array(z.object({ id: z.string(), reason: z.string() })) }),
  ),
  /** Its samples as a file that a run or an evaluation reads. */
  'datasets.asFile': call(z.strictObject({ dataset, filter }), z.object({ file: z.string() })),
  /** The benchmark by whose rules the samples would be scored; without one, why not. */
  'datasets.scoredAs': call(z.strictObject({ dataset, filter }), z.object({ benchmark: z.enum(['mat-mini', 'mat-coding', 'mat-search']).nullable(), why: z.enum(['empty', 'mixed']).nullable(), count: z.int() })),
} as const;
