import { expect, test } from 'vitest';
import { FeatureCache } from '../../../../main/model/image/feature-cache.ts';

const image = (value: number) => ({ grid: [1, 2, 2] as const, pixels: new Float32Array(4).fill(value) });

/** A cache, and how often it had to make features of 100 numbers. */
function counted(budget?: number) {
  const cache = new FeatureCache(budget);
  let made = 0;
  const of = (value: number): Promise<Float32Array> => cache.of(image(value), async () => {
    made += 1;
    return new Float32Array(100).fill(value);
  });
  return { cache, of, made: () => made };
}

test('copies of an image are one image, also while its features are being made', async () => {
  const { of, made } = counted();
  const [a, b] = await Promise.all([of(1), of(1)]);
  expect([a, await of(1)]).toEqual([b, b]);
  expect(made()).toBe(1);
});

test('another content or another grid is another image', async () => {
  const { cache, of, made } = counted();
  await of(1);
  expect((await of(2))[0]).toBe(2);
  expect((await cache.of({ ...image(1), grid: [1, 4, 1] }, async () => new Float32Array(1)))).toHaveLength(1);
  expect(made()).toBe(2);
});

test('beyond the budget the image that was not asked for longest goes', async () => {
  const { of, made } = counted(1000); // room for two
  await of(1);
  await of(2);
  await of(1);
  await of(3);
  await of(1);
  expect(made()).toBe(3);
  await of(2);
  expect(made()).toBe(4);
});

test('what failed is tried again, and what was forgotten is made again', async () => {
  const { cache, of, made } = counted();
  await expect(cache.of(image(1), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await of(1);
  cache.forget();
  await of(1);
  expect(made()).toBe(2);
});
