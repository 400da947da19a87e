import { expect, test } from 'vitest';
import { configSchema } from '../../../main/engine/run-drafts.ts';
import { faultOf, fieldsOf } from '../../../renderer/pages/train/configure/fields.ts';

const fields = new Map(fieldsOf(configSchema()).map((field) => [field.key, field]));
const fault = (key: string, value: string | number) => {
  const field = fields.get(key);
  if (!field) throw new Error(`no field ${key}`);
  return faultOf(field, value);
};

test('a form knows before the engine what a value cannot be', () => {
  expect(['x'.repeat(100), 'x'.repeat(101)].map((name) => fault('name', name))).toEqual([undefined, 'long']);
  expect([1, 0, 1.5, 'many'].map((steps) => fault('steps', steps))).toEqual([undefined, 'least', 'whole', 'number']);
  expect([2, 2.1, 0].map((temperature) => fault('rollout.temperature', temperature))).toEqual([undefined, 'between', 'between']);
});

test('a text is as long as its schema says', () => {
  const [field] = fieldsOf({ properties: { word: { type: 'string', help: 'a word', minLength: 2, maxLength: 3 } } });
  expect(['a', 'ab', 'abc', 'abcd'].map((word) => field && faultOf(field, word))).toEqual(['short', undefined, undefined, 'long']);
});
