import { expect, test } from 'vitest';
import { figure, incrementsOf, tickOf } from '../../../renderer/charts/figures.ts';
import { bytes, duration } from '../../../renderer/parts/numbers.ts';

test('ticks of sizes stand where their words are exact; those of other figures are the chart’s own', () => {
  const words = (incrementsOf(bytes) ?? []).map(bytes);
  expect(words.slice(28, 32)).toEqual(['256 MiB', '512 MiB', '1.0 GiB', '2.0 GiB']);
  expect(words.every((each) => /^(\d|\d\.0|\d\d|\d\d\.0|128|256|512) ([KMGT]i)?B$/.test(each))).toBe(true);
  expect(incrementsOf(figure)).toBe(undefined);
});

test('ticks of times are those of a clock, and each says all of it', () => {
  const ticks = (increment: number, count: number): readonly string[] => Array.from({ length: count }, (_, i) => tickOf(duration)(i * increment));
  expect(incrementsOf(duration)).toEqual(expect.arrayContaining([20, 30, 60, 3600]));
  expect(ticks(0.1, 3)).toEqual(['0 s', '100 ms', '200 ms']);
  expect(ticks(0.5, 4)).toEqual(['0 s', '500 ms', '1 s', '1.5 s']);
  expect(ticks(30, 6)).toEqual(['0 s', '30 s', '60 s', '90 s', '2 min', '150 s']);
  expect(ticks(1800, 5)).toEqual(['0 s', '30 min', '1 h', '1 h 30 min', '2 h']);
  for (const increment of incrementsOf(duration) ?? []) expect(new Set(ticks(increment, 10)).size).toBe(10);
});
