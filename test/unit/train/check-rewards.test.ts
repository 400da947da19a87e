import { expect, it } from 'vitest';
import type { RunConfig } from '../../../main/records/run-config.ts';
import type { ChainStep, Sample } from '../../../main/records/sample.ts';
import { answerNotes, checkRewards, comparesAnswers, stepNotes } from '../../../main/train/check-rewards.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';

const rewards = (custom: readonly string[], weights = '{answer: 1}', weight = 1): RunConfig =>
  readRunConfig('quickstart', [`reward.weights=${weights}`, `reward.custom=${JSON.stringify(custom.map((file) => ({ file, weight })))}`]);

it.each<[string, readonly string[], RegExp]>([
  ['a built-in reward', ['own/answer.mjs'], /reward\.custom: own\/answer\.mjs: expected a name that no other reward has, found answer, as the built-in reward/],
  ['one that has no weight here', ['code.js'], /found code, as the built-in reward/],
  ['itself', ['rw.mjs', './rw.mjs'], /reward\.custom: \.\/rw\.mjs.*found rw, as rw\.mjs is called/],
  ['a file elsewhere', ['a/rw.mjs', 'b/rw.js'], /found rw, as a\/rw\.mjs is called/],
])('a reward of one’s own that is called as %s is refused', (_, custom, message) => {
  expect(() => checkRewards(rewards(custom))).toThrow(message);
});

it('some reward must count', () => {
  expect(() => checkRewards(rewards(['rw.mjs'], '{answer: 0}', 0))).toThrow(/a weight that is not 0/);
  expect(() => checkRewards(rewards(['rw.mjs'], '{answer: 0}', 0.5))).not.toThrow();
});

it('others are taken', () => {
  expect(() => checkRewards(rewards(['a/rw.mjs', 'b/rw2.mjs']))).not.toThrow();
});

it('annotated steps that rewards cannot compare with are told; code is judged by what it does', () => {
  const step = (id: string, kind: ChainStep['kind'], solution: string): Sample => ({ version: 1, id, task: 'search', question: '', answers: [], images: [], chain: [{ kind, context: '', solution }] });
  const whole = [step('1', 'search', '<search>x</search>'), step('2', 'problem', "<think>a</think><problem>{'dark'}</problem>"), step('3', 'answer', '<answer>x</answer>'), step('4', 'code', 'img.rotate(90)')];
  expect(stepNotes(whole)).toEqual([]);
  const bare = [step('5', 'search', '<search>x</search><answer>y</answer>'), step('6', 'problem', "{'dark'}"), step('7', 'answer', ''), step('8', 'answer', '<search>x</search>')];
  expect(stepNotes([...whole, ...bare])).toEqual(['4 of 8 solutions are not one action of their step’s kind, the first that of 5: rewards have nothing right to compare with there']);
});

it('samples without a right answer are told where episodes earn by answers', () => {
  const sample = (id: string, ...answers: readonly string[]): Sample => ({ version: 1, id, task: 'search', question: 'q', answers, images: [] });
  expect(answerNotes([sample('1', 'x')], 'so')).toEqual([]);
  expect(answerNotes([sample('1', 'x'), sample('2'), sample('3')], 'no reward of an answer counts there')).toEqual(['2 of 3 samples have no right answer to compare with, the first 2: no reward of an answer counts there']);
  expect(comparesAnswers(rewards([]))).toBe(true);
  expect(comparesAnswers(rewards([], '{answer-em: 0.5}'))).toBe(true);
  expect(comparesAnswers(rewards([], '{format: 1}'))).toBe(false);
  // A chain's own solution is what a single step is compared with.
  expect(comparesAnswers(readRunConfig('paper'))).toBe(false);
});
