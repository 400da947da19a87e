import { expect, test } from 'vitest';
import { z } from 'zod';
import { InputError } from '../../../main/records/input-error.ts';
import { portPair } from '../../../main/rpc/ports.ts';
import { type Handlers, serve } from '../../../main/rpc/serve.ts';
import { type EngineError, connect } from '../../../preload/rpc/connect.ts';
import { call, stream, streamWindow } from '../../../preload/rpc/frames.ts';

const contract = {
  'sum.of': call(z.strictObject({ numbers: z.array(z.number()).max(10) }), z.number()),
  'sum.refuse': call(z.undefined(), z.number()),
  'sum.fail': call(z.undefined(), z.number()),
  'sum.wait': call(z.undefined(), z.number()),
  'count.to': stream(z.strictObject({ end: z.int() }), z.int()),
} as const;

let made = 0;
let cancelled = 0;
const handlers: Handlers<typeof contract> = {
  'sum.of': ({ numbers }) => numbers.reduce((a, b) => a + b, 0),
  'sum.refuse': () => {
    throw new InputError({ thing: 'sum', expected: 'numbers', found: 'none', remedy: 'Give some.' });
  },
  'sum.fail': () => {
    throw new TypeError('a fault');
  },
  'sum.wait': (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  'count.to': async function* ({ end }) {
    try {
      for (let i = 0; i < end; i++) {
        made = i + 1;
        yield i;
      }
    } finally {
      cancelled += 1;
    }
  },
};

const faults: string[] = [];
const [near, far] = portPair();
serve(contract, handlers, far, { onFault: (method) => faults.push(method), checkResults: true });
const client = connect<typeof contract>(near);
const refusal = (promise: Promise<unknown>): Promise<EngineError> => promise.then(() => Promise.reject(new Error('it was answered')), (error: unknown) => error as EngineError);

test('a call is answered', async () => {
  expect(await client.call('sum.of', { numbers: [1, 2, 3.5] })).toBe(6.5);
});

test('input that the contract does not know is refused, and the path is named', async () => {
  const error = await refusal(client.call('sum.of', { numbers: [1, 'two' as unknown as number] }));
  expect(error.code).toBe('BAD_INPUT');
  expect(error.message).toContain('numbers.1');
  expect((await refusal(client.call('sum.of', { numbers: [], more: 1 } as never))).code).toBe('BAD_INPUT');
  expect((await refusal(client.call('toString' as never, undefined as never))).code).toBe('NO_METHOD');
});

test('an InputError keeps its parts; a fault of ours is told apart and reported', async () => {
  const error = await refusal(client.call('sum.refuse', undefined));
  expect(error.details).toEqual({ thing: 'sum', expected: 'numbers', found: 'none', remedy: 'Give some.' });
  expect((await refusal(client.call('sum.fail', undefined))).code).toBe('INTERNAL');
  expect(faults).toEqual(['sum.fail']);
});

test('a call is cancelled', async () => {
  const abort = new AbortController();
  const waiting = refusal(client.call('sum.wait', undefined, { signal: abort.signal }));
  abort.abort();
  expect((await waiting).code).toBe('CANCELLED');
});

test('a stream arrives whole and in order', async () => {
  const seen: number[] = [];
  for await (const item of client.stream('count.to', { end: 5000 })) seen.push(item);
  expect(seen).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});

test('a slow reader holds the source back, and leaving ends it', async () => {
  const before = cancelled;
  for await (const item of client.stream('count.to', { end: 1_000_000 })) {
    if (item === 3) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      break;
    }
  }
  expect(made).toBeLessThanOrEqual(2 * streamWindow + 1);
  await expect.poll(() => cancelled).toBe(before + 1);
});

test('too many calls at once are refused, not gathered', async () => {
  const abort = new AbortController();
  const answers = Array.from({ length: 300 }, () => refusal(client.call('sum.wait', undefined, { signal: abort.signal })));
  expect((await Promise.race(answers)).code).toBe('BUSY');
  abort.abort();
  const codes = (await Promise.all(answers)).map(({ code }) => code);
  expect(codes.filter((code) => code === 'BUSY').length).toBe(300 - 256);
});

test('a closed port fails what waits', async () => {
  const waiting = refusal(client.call('sum.wait', undefined));
  near.close();
  expect((await waiting).code).toBe('DISCONNECTED');
  expect((await refusal(client.call('sum.of', { numbers: [] }))).code).toBe('DISCONNECTED');
});
