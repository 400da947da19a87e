import { expect, test } from 'vitest';
import { statusOf } from '../../../main/sandbox/status.ts';

test.each([
  [{ ended: null, exit: 0, signal: null }, 'ok'],
  [{ ended: null, exit: 3, signal: null }, 'exit 3'],
  [{ ended: null, exit: null, signal: 11 }, 'signal 11'],
  [{ ended: null, exit: null, signal: 31 }, 'seccomp_kill'],
  [{ ended: 'wall_timeout', exit: null, signal: 9 }, 'wall_timeout'],
  [{ ended: 'cpu_limit', exit: null, signal: 24 }, 'cpu_limit'],
  [{ ended: 'setup_failed', exit: 125, signal: null }, 'setup_failed'],
] as const)('%j is %s', (facts, status) => {
  expect(statusOf(facts)).toBe(status);
});
