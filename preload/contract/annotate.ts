import { z } from 'zod';
import { annotation, annotationLacks, annotationStates, editedStep } from '../../main/records/annotation.ts';
import { imageIssues, sample } from '../../main/records/sample.ts';
import { call } from '../rpc/frames.ts';

const dataset = z.int().min(1).max(2 ** 31 - 1);
const ordinal = z.int().min(0).max(2 ** 32 - 1);
const state = z.enum(annotationStates);
const issues = z.array(z.enum(imageIssues)).max(8);
/** Whoever sits at the window. */
const author = z.string().trim().min(1).max(100);
const box = z.number().min(0).max(1000);
const at = { dataset, ordinal };

const counts = z.record(state, z.int());

/** Fields that are written anew; the others stay. */
const change = z.strictObject({
  task: z.enum(['coding', 'search']).optional(),
  question: z.string().max(20_000).optional(),
  answers: z.array(z.string().max(20_000)).max(100).optional(),
  split: z.string().max(200).nullable().optional(),
  box: z.tuple([box, box, box, box]).nullable().optional(),
  steps: z.array(editedStep).max(64).optional(),
  /** What the agent sees first, of the image store. Faults that were put into the one before, and what code made of it, go with it. */
  image: z.string().regex(/^sha256:[0-9a-f]{64}$/).optional(),
});

/** Fields as they were: of files, too, so as long as those have them. */
const fields = sample.pick({ task: true, question: true, answers: true }).extend({ split: z.string().nullable(), box: z.tuple([z.number(), z.number(), z.number(), z.number()]).nullable(), steps: z.array(editedStep), image: z.string().nullable() }).partial();

const opened = z.object({
  ordinal: z.int(),
  sample: sample.omit({ source: true, chain: true }),
  steps: z.array(editedStep),
  annotation,
  /** What it lacks before it can be submitted. */
  lacks: z.array(z.enum(annotationLacks)),
  /** The ordinals beside it in the dataset. */
  before: z.int().nullable(),
  next: z.int().nullable(),
  /** Counted from 0, of `total`. */
  index: z.int(),
  total: z.int(),
});

const row = z.object({ ordinal: z.int(), id: z.string(), question: z.string(), image: z.string().nullable(), state, annotator: z.string().nullable(), reviewer: z.string().nullable(), steps: z.int() });

/** What was done, for the words of undo: the field of a change, or an action. */
const doing = z.enum(['image', 'task', 'question', 'answers', 'split', 'box', 'steps', 'issues', 'submit', 'review']);

export const annotateContract = {
  /** Datasets with how far each is; the latest first. */
  'annotate.list': call(z.undefined(), z.array(z.object({ dataset: z.int(), name: z.string(), samples: z.int(), counts }))),
  /** `state` null: all samples. */
  'annotate.page': call(z.strictObject({ dataset, state: state.nullable(), offset: z.int().min(0).max(2 ** 32 - 1), limit: z.int().min(1).max(500) }), z.object({ total: z.int(), counts, rows: z.array(row) })),
  'annotate.open': call(z.strictObject(at), opened),
  /**
   * Writes fields; each call is one thing to undo, but changes of one field by one person in short succession are one. Makes a draft of it.
   * `before`: these fields as the writer had them. What another window changed meanwhile is not written over, but named in `refused`.
   * Steps name the image they were written on there, too: what code made of another one is not kept.
   */
  'annotate.change': call(z.strictObject({ ...at, author, change, before: fields }), opened.extend({ refused: z.array(fields.keyof()) })),
  /** Keeps a picture that was handed in, for `change`. Refused where it cannot be decoded, or is too large. */
  'annotate.keepImage': call(z.strictObject({ upload: z.string().min(1).max(4096) }), z.object({ image: z.string() })),
  /** Spoils the clean image in these ways (`crop`, `none` leave it), and names them; without any the clean image is shown again. The same wish gives the same image. */
  'annotate.spoil': call(z.strictObject({ ...at, author, issues, strength: z.int().min(1).max(3) }), opened),
  /** Takes back the last change of the dataset's samples, whenever it was made, or makes it anew; null where there is none. */
  'annotate.undo': call(z.strictObject({ dataset }), z.object({ ordinal: z.int(), what: doing }).nullable()),
  'annotate.redo': call(z.strictObject({ dataset }), z.object({ ordinal: z.int(), what: doing }).nullable()),
  /** A sample for each image, or one without an image; into a dataset that is there, or a new one. */
  'annotate.add': call(
    z.strictObject({ dataset: dataset.nullable(), name: z.string().trim().max(200), uploads: z.array(z.string().min(1).max(4096)).max(500), task: z.enum(['coding', 'search']) }),
    z.object({ dataset: z.int(), ordinals: z.array(z.int()), refused: z.array(z.object({ file: z.string(), reason: z.string() })) }),
  ),
  /** To the reviewer. @returns the next sample that is to be annotated. Refused where something is lacking. */
  'annotate.submit': call(z.strictObject({ ...at, author }), z.object({ next: z.int().nullable() })),
  /** By somebody else than the annotator. @returns the next sample that they may review. */
  'annotate.review': call(z.strictObject({ ...at, author, answer: z.string().max(20_000), issues, verdict: z.enum(['accepted', 'returned']), note: z.string().max(10_000) }), z.object({ next: z.int().nullable() })),
  /** How far reviewers, who answered without seeing the annotator's answer, agree with it. */
  'annotate.agreement': call(
    z.strictObject({ dataset }),
    z.object({
      reviewed: z.int(),
      /** Reviews whose answer matches exactly, and the mean F1 in percent; by the standard scorer. */
      sameAnswer: z.int(),
      f1: z.number().nullable(),
      /** Cohen's kappa of what is wrong with the image, where both could say. */
      issues: z.object({ compared: z.int(), same: z.int(), kappa: z.number().nullable() }),
      people: z.array(z.object({ name: z.string(), submitted: z.int(), accepted: z.int(), returned: z.int(), reviewed: z.int() })),
    }),
  ),
  /** What the agent's search would find. `corpus`: as in the playground. */
  'annotate.search': call(z.strictObject({ corpus: z.string().min(1).max(64), query: z.string().trim().min(1).max(2000) }), z.object({ passages: z.array(z.object({ title: z.string(), text: z.string() })) })),
} as const;
