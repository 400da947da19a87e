import { z } from 'zod';

/** What can be wrong with an image of MAT-Coding; `crop`: the question names a box; `none`: nothing (Visual-ARFT, section 4.2). */
export const imageIssues = ['rotation90', 'rotation180', 'dark', 'overexposure', 'blur', 'noise', 'crop', 'none'] as const;

export type ImageIssue = (typeof imageIssues)[number];

/** One step of an annotated chain: the prompt so far, and what a good agent writes there (the paper's training data). */
export const chainStep = z.strictObject({
  kind: z.enum(['problem', 'code', 'search', 'answer']),
  /** The chain up to here, as the data set writes it: earlier actions and what came back. */
  context: z.string(),
  /** The completion that the annotator wrote. */
  solution: z.string(),
  /** Image of this step, where it is not the sample's own. */
  image: z.string().exactOptional(),
  /** As a sample's, of this step's own row. */
  extra: z.record(z.string(), z.unknown()).exactOptional(),
});

/** The row of an imported file behind a sample, or behind a step of its chain. */
const sourceRow = z.strictObject({
  /** Counted from 0. */
  row: z.int().nonnegative(),
  /** What stood before it, where it is not what stands between the file's other rows. */
  before: z.string().exactOptional(),
  /** Its text, where the record alone would be written otherwise (1.0 for 1, other white space) … */
  text: z.string().exactOptional(),
  /** … and a hash of what would be written: while that is the same, the text is. */
  written: z.string().exactOptional(),
});

/** A question about images, with its gold answers: what a benchmark holds and a run trains on. */
export const sample = z.strictObject({
  version: z.literal(1),
  id: z.string().min(1),
  task: z.enum(['coding', 'search']),
  question: z.string(),
  /** Every answer that counts as right; the best match is taken. Empty where nobody knows it. */
  answers: z.array(z.string()).readonly(),
  /** References of the images that the agent sees first: `sha256:…`, or a path. */
  images: z.array(z.string()).readonly(),
  /** The image before it was degraded, where known: a repaired image is compared with it. */
  cleanImage: z.string().exactOptional(),
  issues: z.array(z.enum(imageIssues)).readonly().exactOptional(),
  /** The part of the image that the question is about: [x0, y0, x1, y1], 0–1000 of width and height. */
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]).exactOptional(),
  /** A part of a benchmark that is reported on its own: simple, hard, train, test … */
  split: z.string().exactOptional(),
  chain: z.array(chainStep).readonly().exactOptional(),
  /** Fields of the source file that mean nothing here; they are written back on export. */
  extra: z.record(z.string(), z.unknown()).exactOptional(),
  /** For an export with the same bytes (main/data); one row, or one for each step of the chain. */
  source: z.array(sourceRow).readonly().exactOptional(),
});

export type ChainStep = Readonly<z.infer<typeof chainStep>>;
export type SourceRow = Readonly<z.infer<typeof sourceRow>>;
export type Sample = Readonly<z.infer<typeof sample>>;
