import { expect, test } from 'vitest';
import type { Annotation } from '../../../main/records/annotation.ts';
import { type ReviewedSample, agreementOf, cohensKappa } from '../../../main/store/annotations/agreement.ts';

const pairs = (counts: Readonly<Record<string, number>>): readonly (readonly [string, string])[] => Object.entries(counts).flatMap(([pair, count]) => Array.from({ length: count }, () => pair.split('/') as [string, string]));

test('kappa by hand', () => {
  // p = 35/50 = 0.7; both say yes 25 · 30 and no 25 · 20 times of 50²: e = 0.5; (0.7 − 0.5) / 0.5
  expect(cohensKappa(pairs({ 'yes/yes': 20, 'yes/no': 5, 'no/yes': 10, 'no/no': 15 }))).toBeCloseTo(0.4, 12);
  // Three categories: p = 7/10; a 4 and 5 times, b 3 and 4, c 3 and 1: e = (20 + 12 + 3) / 100
  expect(cohensKappa(pairs({ 'a/a': 4, 'b/b': 2, 'b/a': 1, 'c/c': 1, 'c/b': 2 }))).toBeCloseTo(0.35 / 0.65, 12);
  expect([cohensKappa(pairs({ 'a/a': 3, 'b/b': 4 })), cohensKappa(pairs({ 'a/b': 1, 'b/a': 1 })), cohensKappa(pairs({ 'a/a': 1, 'a/b': 1, 'b/a': 1, 'b/b': 1 }))]).toEqual([1, -1, 0]);
  expect([cohensKappa([]), cohensKappa(pairs({ 'a/a': 9 })), cohensKappa(pairs({ 'a/b': 1 }))]).toEqual([null, null, 0]);
});

const annotated = (state: Annotation['state'], more: Partial<Annotation> = {}): Annotation => ({ state, annotator: 'Ann', reviewer: null, review: null, note: '', ...more });
const sample = (answer: string | null, more: Partial<Omit<ReviewedSample, 'annotation'>> & { readonly seen?: NonNullable<Annotation['review']>['issues']; readonly of?: Partial<Annotation> } = {}): ReviewedSample => {
  const { seen = [], of = {}, ...rest } = more;
  return { answers: ['red car'], task: 'coding', hasImage: true, issues: [], annotation: annotated('accepted', { reviewer: 'Rob', ...(answer !== null && { review: { answer, issues: seen } }), ...of }), ...rest };
};

test('answers by the standard scorer, issues as sets, people by their names', () => {
  const samples = [
    sample('The red car.', { issues: ['dark', 'blur'], seen: ['blur', 'dark'] }),
    sample('red', { issues: ['none'], seen: [] }), // F1 of 1 token of 2: 2/3
    sample('blue', { issues: ['noise'], seen: ['dark'], of: { state: 'returned', reviewer: ' rob ', note: 'no' } }),
    sample('red car', { task: 'search' }), // nobody says anything of the image of a search
    sample('red car', { hasImage: false, seen: ['dark'] }),
    sample(null, { of: { state: 'submitted', reviewer: null, annotator: 'ROB' } }),
    sample('old', { of: { state: 'draft' } }), // a draft of what was returned
  ];
  const { people, ...figures } = agreementOf(samples);
  // Pairs: (blur dark, blur dark), (none, none), (noise, dark): p = 2/3, e = 2/9
  expect(figures).toMatchObject({ reviewed: 5, sameAnswer: 3, issues: { compared: 3, same: 2 } });
  expect(figures.f1).toBeCloseTo((100 * (1 + 2 / 3 + 0 + 1 + 1)) / 5, 10);
  expect(figures.issues.kappa).toBeCloseTo((2 / 3 - 2 / 9) / (7 / 9), 12);
  expect(people).toEqual([{ name: 'Ann', submitted: 5, accepted: 4, returned: 1, reviewed: 0 }, { name: 'Rob', submitted: 1, accepted: 0, returned: 0, reviewed: 5 }]);
});

test('without any review there is nothing to agree on', () => {
  expect(agreementOf([])).toEqual({ reviewed: 0, sameAnswer: 0, f1: null, issues: { compared: 0, same: 0, kappa: null }, people: [] });
});
