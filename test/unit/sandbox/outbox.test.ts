import { fstatSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Outbox } from '../../../main/sandbox/outbox.ts';

test('what was written is taken; a file that is shorter than said gives nothing; a large one is emptied', () => {
  const outbox = new Outbox();
  writeSync(outbox.descriptor, Buffer.from('abcdef'), 0, 6, 0);
  expect(Buffer.from(outbox.take(4) ?? []).toString()).toBe('abcd');
  expect(outbox.take(7)).toBeUndefined();
  expect(outbox.take(0)).toHaveLength(0);
  const large = Buffer.alloc(5 * 1024 ** 2, 7);
  writeSync(outbox.descriptor, large, 0, large.length, 0);
  expect(outbox.take(large.length)).toEqual(large);
  expect(fstatSync(outbox.descriptor).size).toBe(0);
  expect(fstatSync(outbox.descriptor).nlink).toBe(0);
  outbox.close();
});
