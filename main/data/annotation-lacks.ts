import { type AnnotationLack, type EditedStep, annotationLacks } from '../records/annotation.ts';
import type { Sample } from '../records/sample.ts';

type Rule = (sample: Sample, steps: readonly EditedStep[]) => boolean;

const blank = (text: string): boolean => text.trim() === '';
const same = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** What each lack is; a benchmark's items have no chain, so none is needed. */
const rules: Readonly<Record<AnnotationLack, Rule>> = {
  question: ({ question }) => blank(question),
  answer: ({ answers }) => answers.every(blank),
  image: ({ task, images }) => task === 'coding' && images.length === 0,
  box: ({ issues, box }) => issues?.includes('crop') === true && box === undefined,
  emptyStep: (_, steps) => steps.some(({ body }) => blank(body)),
  lastStep: (_, steps) => steps.length > 0 && steps.at(-1)?.kind !== 'answer',
  answerStep: ({ answers }, steps) => steps.some(({ kind, body }) => kind === 'answer' && !blank(body) && !answers.some((gold) => same(gold, body))),
  result: (_, steps) => steps.some(({ kind, result }) => kind === 'code' && result === null),
  information: (_, steps) => steps.some(({ kind, information }) => kind === 'search' && blank(information)),
};

/** What a sample lacks before a reviewer can look at it, each once. */
export const lacksOf = (sample: Sample, steps: readonly EditedStep[]): readonly AnnotationLack[] => annotationLacks.filter((lack) => rules[lack](sample, steps));

/** Each lack in words. */
export const lackWords: Readonly<Record<AnnotationLack, string>> = {
  question: 'no question',
  answer: 'no gold answer',
  image: 'no image',
  box: 'no box for the crop',
  emptyStep: 'an empty step',
  lastStep: 'a chain that does not end with an answer',
  answerStep: 'an answer step that gives no gold answer',
  result: 'code that was not run',
  information: 'a search without its passages',
};
