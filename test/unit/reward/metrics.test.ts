import { describe, expect, it } from 'vitest';
import { paperCodingMetric, paperMetric } from '../../../main/reward/paper-metrics.ts';
import { standardMetric } from '../../../main/reward/standard-metric.ts';
import { type TextMetric, scoreAnswer, sharedMultiset, sharedSet } from '../../../main/reward/text-metrics.ts';

const f1 = (metric: TextMetric, prediction: string | null, ...golds: string[]): number => scoreAnswer(metric, prediction, golds).f1;

describe('both scorers, by hand', () => {
  it.each([
    ['The Eiffel Tower', 'eiffel tower', 1, 1],
    ['in the Eiffel Tower, Paris', 'Eiffel Tower', 4 / 6, 0],
    ['Louvre', 'Eiffel Tower', 0, 0],
    ['', 'x', 0, 0],
    [null, 'x', 0, 0],
  ])('%s | %s', (prediction, gold, expected, em) => {
    for (const metric of [paperMetric, standardMetric]) expect(scoreAnswer(metric, prediction, [gold])).toEqual({ f1: expect.closeTo(expected, 12), em });
  });

  it('take the best of several gold answers, and none where there is no gold', () => {
    expect(scoreAnswer(standardMetric, 'new york', ['boston', 'New York City'])).toEqual({ f1: expect.closeTo(0.8, 12), em: 0 });
    expect(scoreAnswer(standardMetric, 'new york', [])).toEqual({ f1: 0, em: 0 });
  });
});

describe('where they differ', () => {
  it('repeated words', () => {
    expect(f1(paperMetric, 'new york new york', 'new york new york city')).toBeCloseTo(4 / 9, 12);
    expect(f1(standardMetric, 'new york new york', 'new york new york city')).toBeCloseTo(8 / 9, 12);
    expect([sharedSet(['a', 'a'], ['a', 'a']), sharedMultiset(['a', 'a', 'b'], ['a', 'a'])]).toEqual([1, 2]);
  });

  it('white space of Python and of JavaScript', () => {
    expect(paperMetric.normalise('\ufeffx b\u001c')).toBe('\ufeffx b');
    expect(standardMetric.normalise('\ufeffb\u00a0')).toBe('b');
  });

  it('an answer that is an article', () => {
    expect(standardMetric.normalise('A')).toBe('a');
    expect(paperMetric.normalise('A')).toBe('');
    expect(scoreAnswer(standardMetric, 'B', ['A'])).toEqual({ f1: 0, em: 0 });
  });

  it('numbers', () => {
    expect(standardMetric.normalise('3.5 – and 1,000')).toBe('3.5 and 1000');
    expect(scoreAnswer(standardMetric, '35', ['3.5']).em).toBe(0);
    expect(scoreAnswer(paperMetric, '35', ['3.5']).em).toBe(1);
    expect(scoreAnswer(standardMetric, '-5', ['5']).em).toBe(0);
  });

  it.each([
    ['1/2', '12'], ['2-1', '21'], ['3:45', '345'], ['1,23', '123'], ['.5', '5'], ['–5', '5'], ['10-12-2023', '1012-2023'], ['+', '-'], ['?', '!'], ['C', 'C++'], ['C', 'C#'], ['A+', 'A'], ['...', ''],
  ])('what is not the same: %s | %s', (prediction, gold) => {
    expect(scoreAnswer(standardMetric, prediction, [gold]).em).toBe(0);
  });

  it.each([
    ['.5', '0.5'], ['-.5', '−0.5'], ['1,234,567', '1234567'], ['C++.', 'c++'], ['(3.5)', '3.5'], ['$ 1,000.50!', '1000.50'], ['end of 2020.', 'end of 2020'], ['U.S.A.', 'USA'], ['rock-n-roll', 'rocknroll'], ['3:45', '3-45'],
  ])('what is: %s | %s', (prediction, gold) => {
    expect(scoreAnswer(standardMetric, prediction, [gold]).em).toBe(1);
  });

  it('Chinese', () => {
    expect(standardMetric.tokens(standardMetric.normalise('图像 IMG，识别。'), '')).toEqual(['图', '像', 'img', '识', '别']);
    expect(f1(standardMetric, '软件', '软件工程')).toBeCloseTo(4 / 6, 12);
    expect(f1(paperMetric, '软件', '软件工程')).toBe(0);
    expect(f1(paperCodingMetric, '软件', '软件工程')).toBeCloseTo(4 / 6, 12);
  });

  it('compatibility forms and unseen characters', () => {
    expect(scoreAnswer(standardMetric, 'ＬＥＧＯ\u200b', ['lego']).em).toBe(1);
    expect(scoreAnswer(standardMetric, 'lеgo' /* a Cyrillic е */, ['lego']).f1).toBe(0);
  });
});

describe('MAT-Coding’s own rules', () => {
  it('keeps line breaks and drops spaces of a Chinese text; English beside it is compared by characters', () => {
    expect(paperCodingMetric.normalise('哆爱\niD 网咖，')).toBe('哆爱\nid网咖');
    expect(paperCodingMetric.tokens('ab c', '软')).toEqual(['a', 'b', ' ', 'c']);
    expect(paperCodingMetric.tokens('ab c', 'ab')).toEqual(['ab', 'c']);
  });
});
