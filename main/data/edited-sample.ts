import type { EditedStep } from '../records/annotation.ts';
import { InputError } from '../records/input-error.ts';
import type { ImageIssue, Sample } from '../records/sample.ts';
import { chainOf, stepsOf, withoutResults } from './edited-chain.ts';
import { changesPixels } from './image-issues.ts';

// What else of a record follows from an edit: rows of MAT's files say some things twice, and the old ones must not be
// written back.

/** Fields that a person writes anew; those that are undefined stay. */
export type SampleChange = {
  /** What the agent sees first. */
  readonly image?: string | undefined;
  readonly task?: Sample['task'] | undefined;
  readonly question?: string | undefined;
  readonly answers?: readonly string[] | undefined;
  /** null: none. */
  readonly split?: string | null | undefined;
  readonly box?: NonNullable<Sample['box']> | null | undefined;
  readonly steps?: readonly EditedStep[] | undefined;
};

/** Fields as a sample has them. */
export type WrittenFields = Omit<SampleChange, 'image'> & { readonly image?: string | null | undefined };

/** The fields that a person writes, as a sample has them. */
export const writtenFields = (sample: Sample): WrittenFields => ({ image: sample.images[0] ?? null, task: sample.task, question: sample.question, answers: sample.answers, split: sample.split ?? null, box: sample.box ?? null, steps: stepsOf(sample) });

/** The sample with the fields of a change. @throws InputError for a box without an inside. */
export function withChange(before: Sample, { image, task, question, answers, split, box, steps }: SampleChange): Sample {
  const sample = image === undefined ? before : withImage(before, image);
  let changed: Sample = { ...sample, ...(task !== undefined && { task }), ...(answers !== undefined && { answers }) };
  if (question !== undefined) changed = withQuestion(changed, question);
  if (split !== undefined) changed = split === null || split === '' ? without(changed, 'split') : { ...changed, split };
  if (box !== undefined) changed = box === null ? without(changed, 'box') : { ...changed, box: checkedBox(box) };
  return steps === undefined ? changed : withSteps(changed, steps);
}

/**
 * The sample with these issues: with the spoiled image before the agent and the clean one beside it, or with the clean one
 * alone where no issue is seen in the pixels.
 */
export function withIssues(sample: Sample, issues: readonly ImageIssue[], { clean, shown }: { readonly clean: string; readonly shown: string }): Sample {
  const named = issues.length === 0 ? without(sample, 'issues') : { ...sample, issues };
  const seen = showing(named, shown);
  const changed = issues.some(changesPixels) ? { ...seen, cleanImage: clean } : without(seen, 'cleanImage');
  return JSON.stringify(changed) === JSON.stringify(sample) ? sample : withoutImageNames(changed);
}

/**
 * The sample with another image as it is: without the clean one and the faults of the image before. The part that is asked
 * for stays, since it is a share of any image.
 */
function withImage(sample: Sample, image: string): Sample {
  if (sample.images[0] === image) return sample;
  const left = sample.issues?.filter((issue) => issue === 'crop') ?? [];
  const shown = showing(without(sample, 'cleanImage'), image);
  return withoutImageNames(left.length > 0 ? { ...shown, issues: left } : without(shown, 'issues'));
}

/** The sample with this image before the agent. What code made of the one before is no longer what it makes. */
function showing(sample: Sample, image: string): Sample {
  if (sample.images[0] === image) return sample;
  const shown = { ...sample, images: [image, ...sample.images.slice(1)] };
  const chain = sample.chain?.map(({ image: _, ...step }) => step);
  return chain ? withSteps({ ...shown, chain }, withoutResults(stepsOf(sample))) : shown;
}

/** Rows that repeat the question with the chain behind it are written anew. */
function withQuestion(sample: Sample, question: string): Sample {
  const { chain } = sample;
  return { ...sample, question, ...(chain && { chain: chain.map((step) => (step.extra && Object.hasOwn(step.extra, 'problem') ? withoutFields(step, ['problem', 'context']) : step)) }) };
}

/** Without any step there is no chain. */
const withSteps = (sample: Sample, steps: readonly EditedStep[]): Sample => (steps.length === 0 ? without(sample, 'chain') : { ...sample, chain: chainOf(steps, sample) });

function checkedBox(box: NonNullable<Sample['box']>): NonNullable<Sample['box']> {
  const [x0, y0, x1, y1] = box;
  if (x0 < x1 && y0 < y1) return box;
  throw new InputError({ thing: 'the box', expected: 'x0 below x1 and y0 below y1', found: `[${box.join(', ')}]`, remedy: 'Draw it again.' });
}

function without(sample: Sample, field: 'split' | 'box' | 'chain' | 'issues' | 'cleanImage'): Sample {
  const { [field]: _, ...rest } = sample;
  return rest;
}

const imageFields = ['ori_image_path', 'processed_image_path', 'image_path'];

/** The sample without the names that its file gave to images that are others now. */
function withoutImageNames(sample: Sample): Sample {
  const { chain, extra, ...rest } = withoutFields(sample, imageFields);
  // Rows of TRL and verl keep the field itself: where it is empty, the sample's own images are written.
  const emptied = extra && { ...extra, ...(Object.hasOwn(extra, 'images') && { images: [] }), ...(Object.hasOwn(extra, 'image') && { image: null }) };
  return { ...rest, ...(chain && { chain: chain.map((step) => withoutFields(step, imageFields)) }), ...(emptied && { extra: emptied }) };
}

/** The record without these fields of its own row. */
function withoutFields<T extends { readonly extra?: Readonly<Record<string, unknown>> }>(record: T, fields: readonly string[]): T {
  const { extra = {}, ...rest } = record;
  const kept = Object.entries(extra).filter(([name]) => !fields.includes(name));
  if (kept.length === Object.keys(extra).length) return record;
  return { ...rest, ...(kept.length > 0 && { extra: Object.fromEntries(kept) }) } as T;
}
