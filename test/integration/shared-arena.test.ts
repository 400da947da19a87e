import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const measured = JSON.parse(execFileSync(process.execPath, [path.join(import.meta.dirname, 'shared-arena-child.ts')], { encoding: 'utf8' })) as { fault?: string; sums: number[]; held: number[]; released: number };

test('programs run in the memory of those before them, and give it back when the last is gone', () => {
  const { fault, sums, held: [first, second, third], released } = measured;
  expect(fault).toBeUndefined();
  // Rows of two softmaxes, each with the sum 1.
  for (const sum of sums) expect(sum).toBeCloseTo(2 * 4096, 0);
  expect(first).toBeGreaterThan(120);
  expect(second).toBeLessThan((first as number) + 40);
  expect(third).toBeLessThan((first as number) + 60);
  expect(released).toBeLessThan(60);
});
