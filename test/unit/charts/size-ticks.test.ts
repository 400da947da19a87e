import { expect, test } from 'vitest';
import { figure, incrementsOf } from '../../../renderer/charts/figures.ts';
import { bytes } from '../../../renderer/parts/numbers.ts';

test('ticks of sizes stand where their words are exact; those of other figures are the chart’s own', () => {
  const words = (incrementsOf(bytes) ?? []).map(bytes);
  expect(words.slice(28, 32)).toEqual(['256 MiB', '512 MiB', '1.0 GiB', '2.0 GiB']);
  expect(words.every((each) => /^(\d|\d\.0|\d\d|\d\d\.0|128|256|512) ([KMGT]i)?B$/.test(each))).toBe(true);
  expect(incrementsOf(figure)).toBe(undefined);
});
