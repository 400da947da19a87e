import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { schemaFault, schemaFaultText } from '../../../main/records/schema-fault.ts';

const told = (schema: z.ZodType, value: unknown) => {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error('nothing wrong');
  return schemaFault(parsed.error, value);
};

describe('what a schema has against a value', () => {
  it.each<[string, z.ZodType, unknown, string, string, string]>([
    ['a number for a text', z.object({ a: z.string() }), { a: 3 }, 'a', 'a text', '3'],
    ['a field that is not there', z.object({ a: z.object({ b: z.number() }) }), { a: {} }, 'a.b', 'a number', 'nothing'],
    ['no number', z.object({ n: z.number() }), { n: Number.NaN }, 'n', 'a number', 'NaN'],
    ['no end', z.object({ n: z.int() }), { n: Number.POSITIVE_INFINITY }, 'n', 'a number', 'Infinity'],
    ['a fraction', z.object({ a: z.int() }), { a: 1.5 }, 'a', 'a whole number', '1.5'],
    ['an item of a list', z.array(z.boolean()), [true, 'no'], '1', 'true or false', '"no"'],
    ['no object', z.object({}), [1], '', 'an object', '[1]'],
    ['not there at all', z.array(z.string()), undefined, '', 'a list', 'nothing'],
    ['too small', z.object({ n: z.number().min(2) }), { n: 1 }, 'n', 'a number of at least 2', '1'],
    ['not above', z.number().positive(), 0, '', 'a number above 0', '0'],
    ['too large', z.number().max(4), 5, '', 'a number of at most 4', '5'],
    ['an empty text', z.string().min(1), '', '', 'a text that is not empty', '""'],
    ['a long list', z.array(z.number()).max(1), [1, 2], '', 'a list of at most 1 items', '[1,2]'],
    ['another length', z.array(z.number()).length(3), [1, 2], '', 'a list of exactly 3 items', '[1,2]'],
    ['another word', z.enum(['a', 'b']), 'c', '', 'one of a, b', '"c"'],
    ['another value', z.literal(1), 2, '', '1', '2'],
    ['no multiple', z.number().multipleOf(2), 3, '', 'a multiple of 2', '3'],
    ['a further field', z.object({ a: z.strictObject({ b: z.number() }) }), { a: { b: 1, c: 2, d: 3 } }, 'a', 'no other fields', 'c, d'],
    ['no form of several', z.union([z.string(), z.array(z.string())]), 5, '', 'a text or a list', '5'],
    ['the nearest form', z.object({ content: z.union([z.string(), z.array(z.object({ type: z.literal('text') }))]) }), { content: [{ type: 'text' }, { type: 'video' }] }, 'content.1.type', '"text"', '"video"'],
    ['no option of several', z.array(z.discriminatedUnion('type', [z.object({ type: z.literal('text') }), z.object({ type: z.literal('image') })])), [{ type: 'video' }], '0.type', 'one of text, image', '"video"'],
    ['the schema’s own words', z.object({ a: z.number({ error: 'a share of one' }) }), { a: 'x' }, 'a', 'a share of one', '"x"'],
    ['forms that the schema has words for', z.object({ a: z.union([z.int(), z.array(z.int())], { error: 'a layer or several' }) }), { a: ['x'] }, 'a', 'a layer or several', '["x"]'],
    ['a check of its own', z.string().refine((text) => text.includes('{x}'), 'a text with {x}'), 'y', '', 'a text with {x}', '"y"'],
    ['a form', z.object({ at: z.iso.datetime() }), { at: 'noon' }, 'at', 'a text of the form datetime', '"noon"'],
  ])('%s', (_, schema, value, field, expected, found) => {
    expect(told(schema, value)).toEqual({ field, expected, found });
  });

  it('is one phrase, and long values are cut', () => {
    const value = { a: 'x'.repeat(200) };
    const parsed = z.object({ a: z.number() }).safeParse(value);
    expect(schemaFaultText(parsed.error as z.ZodError, value)).toBe(`a: "${'x'.repeat(79)}…, not a number`);
  });

  it('tells a value that holds itself', () => {
    const value: { a: unknown[] } = { a: [] };
    value.a.push(value.a);
    expect(told(z.object({ a: z.string() }), value)).toEqual({ field: 'a', expected: 'a text', found: 'a value that holds itself' });
  });

  it('names fields that there are not', () => {
    const value = { a: { b: 1, c: 2, d: 3 } };
    expect(schemaFaultText(z.object({ a: z.strictObject({ b: z.number() }) }).safeParse(value).error as z.ZodError, value)).toBe('a: unknown fields c, d');
  });
});
