import { expect, test } from 'vitest';
import { bytes, duration, tookText, whole } from '../../../renderer/parts/numbers.ts';

test.each([
  [0, '0 B'], [1, '1 B'], [999, '999 B'], [1000, '1.0 KiB'], [1024, '1.0 KiB'], [1536, '1.5 KiB'], [99.4 * 1024, '99.4 KiB'], [99.5 * 1024, '100 KiB'],
  [1023 * 1024, '1.0 MiB'], [420 * 1024 ** 2, '420 MiB'], [8 * 1024 ** 3, '8.0 GiB'], [24 * 1024 ** 3, '24.0 GiB'], [3 * 1024 ** 4, '3.0 TiB'], [5000 * 1024 ** 4, '5000 TiB'],
] as const)('%d bytes are %s', (count, words) => {
  expect(bytes(count)).toBe(words);
});

test('times have their largest two units, counts their thousands apart', () => {
  expect([0.25, 4.2, 45, 720, 7500].map(duration)).toEqual(['250 ms', '4.2 s', '45 s', '12 min', '2 h 05 min']);
  expect(whole(1_234_567)).toBe('1\u202F234\u202F567');
});

test('what a run took is between its beginning and its end; nothing is said where the clock was set back meanwhile', () => {
  const began = '2026-01-01T08:00:00.000Z';
  expect(tookText(began, '2026-01-01T08:12:00.000Z')).toBe('12 min');
  expect([tookText(began, '2026-01-01T07:30:00.000Z'), tookText(began, null), tookText(null, began)]).toEqual([null, null, null]);
});
