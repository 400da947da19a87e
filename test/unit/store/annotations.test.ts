import Database from 'better-sqlite3';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../main/generation/random.ts';
import { choose, integer } from '../../../main/data/mini/random.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { Sample } from '../../../main/records/sample.ts';
import type { Doing } from '../../../main/store/annotations/change-log.ts';
import { drafted, reviewed, submitted, untouched } from '../../../main/store/annotations/states.ts';
import type { Store } from '../../../main/store/store.ts';
import { newHome, opened, sampleOf } from './fixture.ts';

/** A dataset of `count` samples, and short words for what is done with them; each change a minute after the last. */
function desk(count = 3, store = opened()) {
  const { id: dataset } = store.datasets.create(store.datasets.freeName('d'));
  for (let i = 0; i < count; i++) store.datasets.add(dataset, sampleOf(i));
  return { ...words(store, dataset), store, dataset };
}

let clock = Date.UTC(2026, 0, 1);

const words = (store: Store, dataset: number) => {
  const { annotations, datasets } = store;
  const at = (ordinal: number) => ({ dataset, ordinal });
  return {
    set: (ordinal: number, fields: Partial<Sample>, { author = 'ann', what = 'question' as Doing, afterMs = 60_000 } = {}): void => {
      clock += afterMs;
      annotations.change(at(ordinal), { author, what, atMs: clock }, ({ sample, annotation }) => ({ sample: { ...sample, ...fields }, annotation: drafted(annotation, author) }));
    },
    submit: (ordinal: number, author = 'ann'): void => annotations.change(at(ordinal), { author, what: 'submit' }, ({ sample, annotation }) => ({ sample, annotation: submitted(annotation, author, 'sample') })),
    review: (ordinal: number, author = 'rob', verdict: 'accepted' | 'returned' = 'accepted', note = 'n'): void => annotations.change(at(ordinal), { author, what: 'review' }, ({ sample, annotation }) => ({ sample, annotation: reviewed(annotation, { author, answer: 'a', issues: ['dark'], verdict, note }, 'sample') })),
    question: (ordinal: number): string => datasets.sample(dataset, ordinal).sample.question,
    state: (ordinal: number) => annotations.get(at(ordinal)).annotation,
    undo: () => annotations.undo(dataset),
    redo: () => annotations.redo(dataset),
  };
};

describe('undo and redo', () => {
  test('take back and make anew what was done, in its order, with search and counts', () => {
    const { set, submit, review, question, state, undo, redo, store, dataset } = desk();
    const before = store.datasets.sample(dataset, 0).sample;
    set(0, { question: 'a first wording' });
    set(0, { answers: ['new'], split: 'test' }, { what: 'answers' });
    set(1, { question: 'other' });
    submit(0);
    review(0);
    const found = (text: string): number => store.datasets.page(dataset, { filter: { text } }).total;
    expect([found('wording'), found('new'), store.datasets.counts(dataset).splits]).toEqual([1, 1, { '': 2, test: 1 }]);
    expect(state(0)).toEqual({ state: 'accepted', annotator: 'ann', reviewer: 'rob', review: { answer: 'a', issues: ['dark'] }, note: 'n' });
    const after = store.datasets.sample(dataset, 0).sample;
    expect([undo(), state(0).state]).toEqual([{ ordinal: 0, what: 'review' }, 'submitted']);
    expect([undo(), undo(), undo(), undo(), undo()]).toEqual([{ ordinal: 0, what: 'submit' }, { ordinal: 1, what: 'question' }, { ordinal: 0, what: 'answers' }, { ordinal: 0, what: 'question' }, undefined]);
    expect(JSON.stringify(store.datasets.sample(dataset, 0).sample)).toBe(JSON.stringify(before));
    expect([question(1), state(0), found('wording'), store.datasets.counts(dataset).splits, store.annotations.counts(dataset)]).toEqual(['question number 1', untouched, 0, { '': 3 }, { new: 3, draft: 0, submitted: 0, accepted: 0, returned: 0 }]);
    for (const what of ['question', 'answers', 'question', 'submit', 'review']) expect(redo()?.what).toBe(what);
    expect([redo(), store.datasets.sample(dataset, 0).sample, state(0).state]).toEqual([undefined, after, 'accepted']);
  });

  test('a new change drops what was taken back', () => {
    const { set, question, undo, redo } = desk();
    set(0, { question: 'one' });
    set(0, { question: 'two' });
    undo();
    set(1, { question: 'three' });
    expect(redo()).toBeUndefined();
    undo();
    expect([undo(), question(0), question(1)]).toEqual([{ ordinal: 0, what: 'question' }, 'question number 0', 'question number 1']);
  });

  test('changes of one field of one sample by one person within 5 s are one; others are not', () => {
    const { set, question, undo } = desk();
    set(0, { question: 't' });
    for (const question of ['ty', 'typ', 'type']) set(0, { question }, { afterMs: 4000 });
    set(0, { question: 'typed' }, { afterMs: 5001 });
    set(0, { answers: ['x'] }, { what: 'answers', afterMs: 1 });
    set(0, { question: 'by another' }, { author: 'bob', afterMs: 1 });
    set(1, { question: 'elsewhere' }, { author: 'bob', afterMs: 1 });
    set(0, { question: 'by another again' }, { author: 'bob', afterMs: 1 });
    const seen = [];
    for (let undone = undo(); undone; undone = undo()) seen.push([undone.ordinal, undone.what, question(0)]);
    expect(seen).toEqual([[0, 'question', 'by another'], [1, 'question', 'by another'], [0, 'question', 'typed'], [0, 'answers', 'typed'], [0, 'question', 'type'], [0, 'question', 'question number 0']]);
  });

  test('what was typed and taken away again leaves nothing to undo, nor does a change that is none', () => {
    const { set, undo, state } = desk();
    set(0, { question: 'a draft' });
    set(0, { question: 'a draft, longer' });
    set(0, { question: 'a draft' }, { afterMs: 10 });
    set(0, { question: 'a draft' });
    expect([undo(), state(0).state, undo()]).toEqual([{ ordinal: 0, what: 'question' }, 'new', undefined]);
  });

  test('a split that was drawn meanwhile stays; one that was changed is taken back', async () => {
    const { set, undo, redo, store, dataset } = desk();
    set(0, { question: 'x' });
    set(1, { split: 'mine' }, { what: 'split' });
    await store.datasets.assignSplits(dataset, { shares: { drawn: 1 }, seed: 1 });
    undo();
    undo();
    const sample = (ordinal: number): Sample => store.datasets.sample(dataset, ordinal).sample;
    expect([sample(0).split, sample(0).question, sample(1).split]).toEqual(['drawn', 'question number 0', undefined]);
    redo();
    expect([sample(0).split, sample(0).question]).toEqual(['drawn', 'x']);
  });

  test('samples in the bin are passed over, and are as they were when they come back', async () => {
    const { set, question, undo, redo, store, dataset } = desk();
    set(0, { question: 'zero' });
    set(1, { question: 'one' });
    set(1, { question: 'one more' });
    const bin = await store.bin.remove({ kind: 'samples', dataset, ordinals: [1] });
    expect(() => set(1, { question: 'gone' })).toThrow(InputError);
    expect([undo(), undo(), question(0)]).toEqual([{ ordinal: 0, what: 'question' }, undefined, 'question number 0']);
    await store.bin.restore(bin);
    expect([question(1), undo(), question(1), redo()?.ordinal, redo()?.ordinal, redo()]).toEqual(['one more', { ordinal: 1, what: 'question' }, 'one', 0, 1, undefined]);
    expect([question(0), question(1)]).toEqual(['zero', 'one more']);
    const whole = await store.bin.remove({ kind: 'dataset', dataset });
    expect(() => undo()).toThrow(/expected a dataset|expected one of/);
    await store.bin.restore(whole);
    expect(undo()).toEqual({ ordinal: 1, what: 'question' });
  });

  test('5,000 changes of a dataset are kept; another dataset has its own', () => {
    const { set, undo, question, store } = desk(2);
    const other = desk(1, store);
    other.set(0, { question: 'elsewhere' });
    for (let i = 0; i < 5004; i++) set(i % 2, { question: `wording ${i}` });
    let count = 0;
    for (let undone = undo(); undone; undone = undo()) count += 1;
    expect([count, question(0), question(1), other.question(0)]).toEqual([5000, 'wording 2', 'wording 3', 'elsewhere']);
    expect(other.undo()).toEqual({ ordinal: 0, what: 'question' });
  });

  test('two processes on one data folder see each other’s changes, and undo them', () => {
    const home = newHome();
    const near = desk(2, opened(home));
    const far = words(opened(home), near.dataset);
    near.set(0, { question: 'near' });
    far.set(1, { question: 'far' }, { author: 'bob' });
    expect([far.question(0), near.state(1).annotator, near.undo(), far.question(1), far.undo(), near.question(0), near.redo(), far.question(0)]).toEqual(['near', 'bob', { ordinal: 1, what: 'question' }, 'question number 1', { ordinal: 0, what: 'question' }, 'question number 0', { ordinal: 0, what: 'question' }, 'near']);
  });

  test('whatever is done, undone and redone, every sample is as a list of its states says', () => {
    const { set, submit, review, undo, redo, store, dataset } = desk(3);
    const random = new RandomStream(3, 0);
    const seen = (): string => JSON.stringify([0, 1, 2].map((ordinal) => store.annotations.get({ dataset, ordinal })));
    const [past, future] = [[seen()], [] as string[]];
    for (let i = 0; i < 400; i++) {
      const way = integer(random, 0, 9);
      if (way < 3) {
        const undone = undo();
        expect(undone === undefined).toBe(past.length === 1);
        if (undone) future.push(past.pop() as string);
      } else if (way < 5) {
        const redone = redo();
        expect(redone === undefined).toBe(future.length === 0);
        if (redone) past.push(future.pop() as string);
      } else {
        const ordinal = integer(random, 0, 2);
        try {
          if (way === 5) submit(ordinal);
          else if (way === 6) review(ordinal, 'rob', choose(random, ['accepted', 'returned'] as const));
          else set(ordinal, choose<Partial<Sample>>(random, [{ question: `q${i}` }, { answers: [`a${i}`] }, { issues: ['dark'] }, { box: [0, 0, i, i] }, { chain: [{ kind: 'answer', context: '', solution: `${i}` }] }]));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          continue;
        }
        if (seen() !== past.at(-1)) {
          past.push(seen());
          future.length = 0;
        }
      }
      expect(seen()).toBe(past.at(-1));
    }
    expect(past.length).toBeGreaterThan(10);
  });
});

describe('between annotator and reviewer', () => {
  test('a change of what was submitted or accepted makes a draft of it, without its review; of what was returned, with the note', () => {
    const { set, submit, review, state } = desk();
    for (const ordinal of [0, 1, 2]) submit(ordinal);
    review(1);
    review(2, 'Rob', 'returned', 'look again');
    for (const ordinal of [0, 1, 2]) set(ordinal, { question: 'x' }, { author: 'bob' });
    for (const ordinal of [0, 1]) expect(state(ordinal)).toEqual({ state: 'draft', annotator: 'bob', reviewer: null, review: null, note: '' });
    expect(state(2)).toEqual({ state: 'draft', annotator: 'bob', reviewer: 'Rob', review: { answer: 'a', issues: ['dark'] }, note: 'look again' });
    submit(2, 'ann');
    expect(state(2)).toEqual({ state: 'submitted', annotator: 'bob', reviewer: null, review: null, note: 'look again' });
  });

  test('nobody reviews their own, what is not submitted, or sends it back without a word; nothing is changed then', () => {
    const { submit, review, state, undo } = desk();
    expect(() => review(0)).toThrow(/was not submitted/);
    submit(0, 'Ann');
    expect(() => submit(0)).toThrow(/was submitted/);
    for (const name of ['Ann', ' aNN ', 'ann']) expect(() => review(0, name)).toThrow(/a review by somebody else/);
    expect(() => review(0, 'rob', 'returned', '  ')).toThrow(/why it is returned/);
    expect(state(0).state).toBe('submitted');
    review(0);
    expect(() => review(0, 'eve')).toThrow(/was reviewed/);
    expect(() => submit(0)).toThrow(/was accepted/);
    expect([undo()?.what, undo()?.what, undo()]).toEqual(['review', 'submit', undefined]);
  });

  test('what comes next: new samples and one’s own, behind this one and then from the beginning; for review, those of others', () => {
    const { set, submit, review, store, dataset } = desk(6);
    const next = (ordinal: number, author: string) => store.annotations.nextToAnnotate({ dataset, ordinal }, author);
    const toReview = (ordinal: number, author: string) => store.annotations.nextToReview({ dataset, ordinal }, author);
    expect([next(0, 'ann'), next(5, 'ann'), toReview(0, 'ann')]).toEqual([1, 0, null]);
    for (const ordinal of [0, 1, 2]) submit(ordinal, 'Ann');
    submit(3, 'bob');
    set(4, { question: 'x' }, { author: 'bob' });
    expect([next(3, 'ann'), next(3, 'Bob'), next(5, 'ann'), next(5, 'BOB')]).toEqual([5, 4, null, 4]);
    expect([toReview(0, 'ann '), toReview(0, 'bob'), toReview(2, 'Bob'), toReview(2, 'eve')]).toEqual([3, 1, 0, 3]);
    review(1, 'bob', 'returned');
    expect([next(5, 'ann'), next(5, 'eve')]).toEqual([1, null]);
    expect([store.annotations.beside({ dataset, ordinal: 0 }), store.annotations.beside({ dataset, ordinal: 3 }), store.annotations.beside({ dataset, ordinal: 5 })]).toEqual([{ before: null, next: 1 }, { before: 2, next: 4 }, { before: 4, next: null }]);
  });

  test('figures leave out what is in the bin, and what changed after its review', async () => {
    const { set, submit, review, store, dataset } = desk(4);
    for (const ordinal of [0, 1, 2, 3]) submit(ordinal);
    for (const ordinal of [0, 1, 2]) review(ordinal);
    set(1, { question: 'x' });
    await store.bin.remove({ kind: 'samples', dataset, ordinals: [2] });
    expect(store.annotations.agreement(dataset)).toMatchObject({ reviewed: 1, sameAnswer: 0, people: [{ name: 'ann', submitted: 2, accepted: 1 }, { name: 'rob', reviewed: 1 }] });
    expect(store.annotations.counts(dataset)).toEqual({ new: 0, draft: 1, submitted: 1, accepted: 1, returned: 0 });
  });
});

test('samples by their state: pages, counts, records, beside other filters', async () => {
  const { set, submit, review, store, dataset } = desk(8);
  set(0, { question: 'x' });
  for (const ordinal of [1, 2, 3, 4]) submit(ordinal);
  review(2);
  review(3, 'rob', 'returned');
  review(4);
  await store.bin.remove({ kind: 'samples', dataset, ordinals: [4, 5] });
  const of = { new: [6, 7], draft: [0], submitted: [1], accepted: [2], returned: [3] } as const;
  for (const [annotation, ordinals] of Object.entries(of) as [keyof typeof of, readonly number[]][]) {
    expect(store.datasets.page(dataset, { filter: { annotation } }).rows.map(({ ordinal }) => ordinal)).toEqual(ordinals);
    expect(store.datasets.counts(dataset, { annotation }).total).toBe(ordinals.length);
    expect([...store.datasets.records(dataset, { annotation })].map(({ id }) => id)).toEqual(ordinals.map((i) => `s${i}`));
    expect(store.annotations.counts(dataset)[annotation]).toBe(ordinals.length);
  }
  expect(store.datasets.page(dataset, { filter: { annotation: 'new', kind: 'search', text: 'number' } }).rows.map(({ ordinal }) => ordinal)).toEqual([7]);
});

test('what is erased takes its annotations and changes with it', async () => {
  const { set, store, dataset } = desk(3);
  for (const ordinal of [0, 1, 2]) set(ordinal, { question: 'x' });
  await store.bin.remove({ kind: 'samples', dataset, ordinals: [0] });
  await store.bin.empty();
  const counts = (): readonly unknown[] => {
    const sqlite = new Database(path.join(store.home, 'arft.db'), { readonly: true });
    try {
      return ['annotation', 'annotation_change'].map((table) => sqlite.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
    } finally {
      sqlite.close();
    }
  };
  expect(counts()).toEqual([2, 2]);
  await store.bin.remove({ kind: 'dataset', dataset });
  await store.bin.empty();
  expect(counts()).toEqual([0, 0]);
});
