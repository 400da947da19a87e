import { z } from 'zod';
import { chainStep, imageIssues } from './sample.ts';

/** Where a sample stands between an annotator and a reviewer. `new`: nobody has touched it here. */
export const annotationStates = ['new', 'draft', 'submitted', 'accepted', 'returned'] as const;

export type AnnotationState = (typeof annotationStates)[number];

/** What a sample lacks before it can be submitted. */
export const annotationLacks = ['question', 'answer', 'image', 'box', 'emptyStep', 'lastStep', 'answerStep', 'result', 'information'] as const;

export type AnnotationLack = (typeof annotationLacks)[number];

/** A step of a chain as a person writes it: tags, context and the images of later steps follow from it. */
export const editedStep = z.strictObject({
  kind: chainStep.shape.kind,
  /** May be empty: MAT's own solutions often have none. */
  think: z.string().max(100_000),
  /** What stands between the action's tags. */
  body: z.string().max(200_000),
  /** What a search brought, as later steps see it. */
  information: z.string().max(400_000),
  /** The image that code made, which later steps look at. */
  result: z.string().max(4096).nullable(),
});

/** Who did what with a sample. */
export const annotation = z.object({
  state: z.enum(annotationStates),
  annotator: z.string().nullable(),
  reviewer: z.string().nullable(),
  /** The reviewer's own answer and what they saw was wrong with the image, given before they saw the annotator's. */
  review: z.object({ answer: z.string(), issues: z.array(z.enum(imageIssues)).readonly() }).nullable(),
  /** Why it was returned. */
  note: z.string(),
});

export type EditedStep = Readonly<z.infer<typeof editedStep>>;
export type Annotation = Readonly<z.infer<typeof annotation>>;
