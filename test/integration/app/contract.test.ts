import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Engine, openEngine } from '../../../main/engine/engine.ts';
import { portPair } from '../../../main/rpc/ports.ts';
import { contract } from '../../../preload/contract.ts';
import type { Frame, FrameError } from '../../../preload/rpc/frames.ts';
import { randomNumbers } from '../../unit/train/random-numbers.ts';
import { valueOf } from './values-of-schema.ts';

// Every method of the contract against input that nobody meant: refused with BAD_INPUT, never a fault, never a crash.

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-contract-'));
const [near, far] = portPair();
const answers = new Map<number, (answer: FrameError | undefined) => void>();
let engine: Engine;
let last = 0;

beforeAll(async () => {
  engine = await openEngine({ home, checkResults: true });
  near.onFrame((frame: Frame) => {
    if (frame.kind === 'result' || frame.kind === 'error') answers.get(frame.id)?.(frame.kind === 'error' ? frame.error : undefined);
  });
  engine.attach(far);
});
afterAll(async () => {
  near.close();
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

/** The error that a request brings, or nothing; a stream is cancelled after a moment. */
function ask(method: keyof typeof contract, input: unknown): Promise<FrameError | undefined> {
  const id = ++last;
  return new Promise((resolve) => {
    answers.set(id, resolve);
    near.post({ kind: 'request', id, method, input });
    if (contract[method].kind === 'stream') setTimeout(() => near.post({ kind: 'cancel', id }), 100);
  });
}

const junk: readonly unknown[] = [
  null, true, 0, -1, 1.5, 1e308, '', 'x', '../../etc/passwd', '\0', '\u202Eevil', 'a'.repeat(100_000), [], [[]], [null], {}, { a: 1 }, { __proto__: null, constructor: 1 },
  { run: 1 }, { run: null }, { name: [] }, { run: 'x'.repeat(10_000) }, { id: Number.MAX_SAFE_INTEGER + 2 }, { config: 'x' }, { limit: -1 }, { limit: 1e9 }, { offset: -5 }, { signal: {} },
];

describe.each(Object.keys(contract) as (keyof typeof contract)[])('%s', (method) => {
  const { input } = contract[method];

  test('refuses what its schema does not know', async () => {
    for (const value of junk) {
      if (input.safeParse(value === undefined ? undefined : structuredClone(value)).success) continue;
      const error = await ask(method, value);
      expect(error, JSON.stringify(value)?.slice(0, 80)).toMatchObject({ code: 'BAD_INPUT' });
      expect(error?.message.startsWith(method)).toBe(true);
    }
  });

  test('names what is not there, and never fails, for input of the right form', async () => {
    const random = randomNumbers(7);
    const schema = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
    for (let i = 0; i < 4; i++) {
      const value = valueOf(schema, random);
      if (!input.safeParse(value).success) continue;
      const error = await ask(method, value);
      expect(error?.code ?? 'BAD_INPUT', `${JSON.stringify(value)?.slice(0, 300)}: ${error?.message}`).toMatch(/BAD_INPUT|CANCELLED/);
    }
  });
});
