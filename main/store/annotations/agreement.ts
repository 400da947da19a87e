import type { Annotation } from '../../records/annotation.ts';
import type { ImageIssue, Sample } from '../../records/sample.ts';
import { standardMetric } from '../../reward/standard-metric.ts';
import { scoreAnswer } from '../../reward/text-metrics.ts';
import { folded } from './states.ts';

/** A sample that was handed in, as the annotator left it, with what a reviewer said. */
export type ReviewedSample = {
  readonly annotation: Annotation;
  readonly answers: readonly string[];
  readonly task: Sample['task'];
  readonly hasImage: boolean;
  readonly issues: readonly ImageIssue[];
};

export type PersonFigures = {
  readonly name: string;
  /** Samples of theirs that were handed in: those that wait, and those that were accepted or returned. */
  readonly submitted: number;
  readonly accepted: number;
  readonly returned: number;
  /** Samples of others that they accepted or returned. */
  readonly reviewed: number;
};

export type Agreement = {
  readonly reviewed: number;
  /** Reviews whose answer is a gold answer, and their mean F1 in percent. */
  readonly sameAnswer: number;
  readonly f1: number | null;
  readonly issues: { readonly compared: number; readonly same: number; readonly kappa: number | null };
  /** Who handed in most comes first. */
  readonly people: readonly PersonFigures[];
};

/** How far reviewers, who answered without seeing the annotator's answers, agree with them; by the standard scorer. */
export function agreementOf(samples: readonly ReviewedSample[]): Agreement {
  const reviewed = samples.flatMap((sample) => (sample.annotation.review && isDone(sample.annotation) ? [{ ...sample, review: sample.annotation.review }] : []));
  const scores = reviewed.map(({ review, answers }) => scoreAnswer(standardMetric, review.answer, answers));
  // Nothing is said of the image of a search unless somebody names something.
  const seen = reviewed.filter(({ hasImage, task, issues, review }) => hasImage && (task === 'coding' || issues.length > 0 || review.issues.length > 0));
  const pairs = seen.map(({ issues, review }) => [categoryOf(issues), categoryOf(review.issues)] as const);
  return {
    reviewed: reviewed.length,
    sameAnswer: scores.filter(({ em }) => em === 1).length,
    f1: scores.length === 0 ? null : (100 * scores.reduce((sum, { f1 }) => sum + f1, 0)) / scores.length,
    issues: { compared: pairs.length, same: pairs.filter(([a, b]) => a === b).length, kappa: cohensKappa(pairs) },
    people: peopleIn(samples.map(({ annotation }) => annotation)),
  };
}

/**
 * Agreement of two raters beyond what their own frequencies would bring by chance, (p − e) / (1 − e): 1 for full
 * agreement, 0 for chance (Cohen 1960). null without pairs, and where both always say one and the same.
 */
export function cohensKappa(pairs: readonly (readonly [string, string])[]): number | null {
  const [first, second] = [Map.groupBy(pairs, ([a]) => a), Map.groupBy(pairs, ([, b]) => b)];
  const observed = pairs.filter(([a, b]) => a === b).length * pairs.length;
  // In counts, not shares: whole numbers tell exactly whether chance alone would agree on everything.
  const expected = [...first].reduce((sum, [category, { length }]) => sum + length * (second.get(category)?.length ?? 0), 0);
  const all = pairs.length ** 2;
  return all === expected ? null : (observed - expected) / (all - expected);
}

const isDone = ({ state }: Annotation): boolean => state === 'accepted' || state === 'returned';

/** A set of issues as one category; to name none is to say that nothing is wrong. */
const categoryOf = (issues: readonly ImageIssue[]): string => [...new Set(issues)].sort().join(' ') || 'none';

function peopleIn(annotations: readonly Annotation[]): readonly PersonFigures[] {
  const people = new Map<string, PersonFigures>();
  const count = (name: string | null, fields: readonly (keyof Omit<PersonFigures, 'name'>)[]): void => {
    if (name === null) return;
    let figures = people.get(folded(name)) ?? { name: name.trim(), submitted: 0, accepted: 0, returned: 0, reviewed: 0 };
    for (const field of fields) figures = { ...figures, [field]: figures[field] + 1 };
    people.set(folded(name), figures);
  };
  for (const { state, annotator, reviewer } of annotations) {
    if (state === 'submitted' || state === 'accepted' || state === 'returned') count(annotator, state === 'submitted' ? ['submitted'] : ['submitted', state]);
    if (state === 'accepted' || state === 'returned') count(reviewer, ['reviewed']);
  }
  return [...people.values()].sort((a, b) => b.submitted - a.submitted || b.reviewed - a.reviewed || (a.name < b.name ? -1 : 1));
}
