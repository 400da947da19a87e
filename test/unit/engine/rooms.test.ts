import { expect, test } from 'vitest';
import { z } from 'zod';
import { room } from '../../../main/engine/rooms.ts';
import { call, stream } from '../../../preload/rpc/frames.ts';

const contract = { 'a.double': call(z.number(), z.number()), 'a.upTo': stream(z.number(), z.number()) } as const;
const { signal } = new AbortController();

function counted(fails = 0) {
  let loads = 0;
  const made = room(contract, async () => {
    loads += 1;
    if (loads <= fails) throw new Error('the file cannot be read');
    return {
      'a.double': (input) => 2 * input,
      'a.upTo': async function* (input) {
        for (let i = 1; i <= input; i++) yield i;
      },
    };
  });
  return { ...made, loads: () => loads };
}

test('nothing is loaded before the first call, and once for all calls', async () => {
  const { handlers, loads } = counted();
  expect(loads()).toBe(0);
  expect(await Promise.all([handlers['a.double'](3, signal), handlers['a.double'](4, signal)])).toEqual([6, 8]);
  const items: number[] = [];
  for await (const item of handlers['a.upTo'](3, signal)) items.push(item);
  expect(items).toEqual([1, 2, 3]);
  expect(loads()).toBe(1);
});

test('a load that failed is tried again by the next call', async () => {
  const { handlers, open, loads } = counted(1);
  await expect(async () => handlers['a.double'](1, signal)).rejects.toThrow('cannot be read');
  expect(await handlers['a.double'](1, signal)).toBe(2);
  await open();
  expect(loads()).toBe(2);
});
