import type { EditedStep } from '../../../../main/records/annotation.ts';
import type { ImageIssue } from '../../../../main/records/sample.ts';

// A chain as a person writes it, as values.

export type StepKind = EditedStep['kind'];
type Steps = readonly EditedStep[];

/** What a new step may begin with. */
export type Ground = { readonly issues: readonly ImageIssue[]; readonly answers: readonly string[] };

/** Where the agent's code finds its image, and where it puts the one that it makes. */
const codeAtFirst = "import cv2\n\nimage = cv2.imread('path_to_input_image.jpg')\n\ncv2.imwrite('path_to_output_image.jpg', image)\n";

/** `{'rotation90', 'dark'}`, as MAT writes it. */
export const problemText = (issues: readonly ImageIssue[]): string => `{${(issues.length > 0 ? issues : ['none']).map((issue) => `'${issue}'`).join(', ')}}`;

export function newStep(kind: StepKind, { issues, answers }: Ground): EditedStep {
  const body = { problem: () => problemText(issues), code: () => codeAtFirst, search: () => '', answer: () => answers[0] ?? '' }[kind]();
  return { kind, think: '', body, information: '', result: null };
}

/** The chain that most samples of a task have. */
export const usualChain = (task: 'coding' | 'search', ground: Ground): Steps => (task === 'coding' ? (['problem', 'code', 'answer'] as const) : (['search', 'answer'] as const)).map((kind) => newStep(kind, ground));

/** The image that a step looks at: the sample's, or what code made of it before. */
export const looksAt = (steps: Steps, i: number, first: string | undefined): string | undefined => steps.slice(0, i).findLast(({ result }) => result !== null)?.result ?? first;

/** Steps with one of them changed. What code made is no longer that when it, or the image before it, is another. */
export function withStep(steps: Steps, i: number, change: Partial<EditedStep>): Steps {
  const before = steps[i];
  if (!before) return steps;
  const after = { ...before, ...change };
  const stale = after.kind === 'code' && after.body !== before.body && change.result === undefined;
  const now = stale ? { ...after, result: null } : after;
  return steps.map((step, j) => (j === i ? now : j > i && step.kind === 'code' && step.result !== null && now.result !== before.result ? { ...step, result: null } : step));
}

/** Steps without what code made: the image that it ran on is another. */
export const withoutResults = (steps: Steps): EditedStep[] => steps.map((step) => (step.result === null ? step : { ...step, result: null }));

/** A list with one element at another place; the same list where there is no such place. */
export function movedTo<T>(list: readonly T[], from: number, to: number): readonly T[] {
  const element = list[from];
  if (element === undefined || to < 0 || to >= list.length) return list;
  return list.toSpliced(from, 1).toSpliced(to, 0, element);
}

/** What a search brought, as the prompt of the agent writes it. */
export const informationOf = (passages: readonly { readonly title: string; readonly text: string }[]): string =>
  passages.map(({ title, text }, i) => `${i + 1}. Content: ${title === '' || text.startsWith(title) ? text : `${title}: ${text}`}`).join(' ');

/** Code without the fence that a chain may write around it: so the agent's code is run. */
export const unfenced = (code: string): string => /^\s*```[\w+-]*\r?\n([\s\S]*?)\r?\n?```\s*$/.exec(code)?.[1] ?? code;
