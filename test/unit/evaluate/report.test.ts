import { describe, expect, it } from 'vitest';
import { compare } from '../../../main/evaluate/compare.ts';
import { figuresTable } from '../../../main/evaluate/figures-text.ts';
import type { EvaluatedItem, EvaluationConfig } from '../../../main/evaluate/folder.ts';
import { reportOf, reportText } from '../../../main/evaluate/report.ts';
import type { Sample } from '../../../main/records/sample.ts';
import type { Ending, Turn } from '../../../main/records/trajectory.ts';

const config: EvaluationConfig = {
  version: 1, benchmark: 'mat-search', data: 'MAT-Search.json', dataHash: 'x', items: 150, policy: 'test', mode: 'direct', scorer: 'standard', prompts: 'p', promptsHash: 'y',
  limits: { steps: 5, tokens: 100, ms: 1000 }, sampling: { temperature: 0, topP: 1, maxNewTokens: 10, seed: 0 }, tools: { code: 'off', search: 'off' },
};

const samples: readonly Sample[] = Array.from({ length: 150 }, (_, i) => ({ version: 1, id: `q${i}`, task: 'search', question: '?', answers: ['yes'], images: [] }));
const invalid: Ending = { kind: 'invalid', where: 'policy', reason: 'gone' };
const answered = (answer: string): Ending => ({ kind: 'answered', answer });
const items = (endingOf: (i: number) => Ending): readonly EvaluatedItem[] =>
  samples.map(({ id }, index) => ({ index, id, trajectory: { version: 1, sample: id, policy: 'test', protocol: 'tags', mode: 'direct', seed: 0, turns: [], ending: endingOf(index), startedAt: '2026-01-01T00:00:00Z', ms: 1 } }));

describe('a report', () => {
  it('tells the parts by the places in the data, though items are invalid', () => {
    // The first 75 are simple: all right but the first, which is invalid; of the hard ones the first is right.
    const { scores } = reportOf(config, samples, items((i) => (i === 0 ? invalid : answered(i <= 75 ? 'yes' : 'no'))));
    expect(Object.entries(scores.splits).map(([name, { n, em }]) => [name, n, em.mean])).toEqual([['simple', 74, 100], ['hard', 75, 1.3333]]);
    expect(scores.all.n).toBe(149);
  });

  const used = (usages: readonly Turn['usage'][]): readonly EvaluatedItem[] =>
    items(() => answered('yes')).slice(0, 1).map((item) => ({ ...item, trajectory: { ...item.trajectory, turns: usages.map((usage): Turn => ({ completion: '', finishReason: 'stop', action: { kind: 'answer', think: '', answer: 'yes' }, observation: null, usage })) } }));
  const uncounted = { promptTokens: 0, completionTokens: 1, ms: 1, uncounted: true } as const;

  it('has no tokens where nobody counted them', () => {
    expect(reportText(reportOf(config, samples, used([uncounted])))).toContain('Tokens: unknown, the endpoint did not count them.');
    expect(reportText(reportOf(config, samples, used([uncounted, { promptTokens: 5, completionTokens: 2, ms: 1 }])))).toContain('Tokens: 5 read, 2 written, and those of 1 completions that the endpoint did not count.');
  });

  it('has the intervals that a comparison has', () => {
    const report = reportOf(config, samples, items((i) => answered(i % 3 === 0 ? 'yes' : 'no')));
    const { before, after } = compare(report, report, ['a', 'b']);
    expect([before, after]).toEqual([{ f1: report.scores.all.f1, em: report.scores.all.em }, { f1: report.scores.all.f1, em: report.scores.all.em }]);
  });

  it('is not compared with one of fewer items, in words of items', () => {
    const report = reportOf(config, samples, items(() => answered('yes')));
    expect(() => compare(report, { ...report, config: { ...config, items: 60, dataHash: 'y' } }, ['a', 'b'])).toThrow('b: items: expected 150, as in a, found 60.');
  });

  it('has no figures where every item is invalid', () => {
    const report = reportOf(config, samples, items(() => invalid));
    expect(report.scores.all).toEqual({ n: 0, unanswered: 0, f1: null, em: null });
    expect(figuresTable(report.scores)).toMatch(/^all +0 +0 +– +–$/m);
    expect(reportText(report)).toContain('| all | 0 | 0 | – | – |');
  });
});
