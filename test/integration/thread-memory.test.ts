import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

test('a thread that ends gives back what onnxruntime holds for it', () => {
  const held = JSON.parse(execFileSync(process.execPath, [path.join(import.meta.dirname, 'thread-memory-child.ts')], { encoding: 'utf8' })) as readonly number[];
  // The first has the process's own growth in it; each of the three after it would add 64.
  expect((held.at(-1) as number) - (held[0] as number)).toBeLessThan(96);
});
