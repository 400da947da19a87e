import * as z from 'zod';

/** What a schema has against a value: where (empty for the whole), what belongs there, and what is there. */
export type SchemaFault = { readonly field: string; readonly expected: string; readonly found: string };

type Issue = z.core.$ZodIssue;

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', tuple: 'a list', object: 'an object', record: 'an object', null: 'null', undefined: 'nothing', never: 'nothing',
};

const sized: Readonly<Record<string, { readonly name: string; readonly unit: string }>> = { string: { name: 'a text', unit: 'characters' }, array: { name: 'a list', unit: 'items' } };

const noOtherFields = 'no other fields';

const standard = z.locales.en().localeError;

/** The first thing that a schema has against a value, in plain words; the schema's own where it has some. */
export function schemaFault(error: z.core.$ZodError, value: unknown): SchemaFault {
  const issue = innermost(error.issues[0] as Issue, value);
  const there = valueAt(value, issue.path);
  const found = issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : shortJson(there);
  return { field: issue.path.join('.'), expected: ownWords(issue, there) ?? wordsOf(issue), found };
}

/** The same as one phrase: "completions: 3, not a list", "completions: unknown fields a, b". */
export function schemaFaultText(error: z.core.$ZodError, value: unknown): string {
  const { field, expected, found } = schemaFault(error, value);
  return `${field === '' ? '' : `${field}: `}${expected === noOtherFields ? `unknown fields ${found}` : `${found}, not ${expected}`}`;
}

/** Of the forms that a value may have, the one that it comes nearest to: whose fault lies deepest. */
function innermost(issue: Issue, value: unknown): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0 || ownWords(issue, value) !== undefined) return issue;
  const faults = issue.errors.flatMap(([first]) => (first ? [innermost(first, valueAt(value, issue.path))] : []));
  const depth = Math.max(...faults.map(({ path }) => path.length));
  if (depth === 0 && faults.length > 1 && faults.every(({ code }) => code === 'invalid_type' || code === 'invalid_value')) {
    return { code: 'custom', path: issue.path, message: [...new Set(faults.map(wordsOf))].join(' or ') };
  }
  const deepest = faults.findLast(({ path }) => path.length === depth) as Issue;
  return { ...deepest, path: [...issue.path, ...deepest.path] };
}

/** What the schema itself says; undefined where that is the library's sentence. */
function ownWords(issue: Issue, input: unknown): string | undefined {
  const told = standard({ ...issue, input } as never);
  return issue.message === (typeof told === 'string' ? told : told?.message) ? undefined : issue.message;
}

function wordsOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type': return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value': return oneOf(issue.values);
    case 'too_small': return bound(issue.origin, issue.exact === true ? 'exactly' : 'at least', Number(issue.minimum), issue.inclusive === false ? 'above' : 'of at least');
    case 'too_big': return bound(issue.origin, issue.exact === true ? 'exactly' : 'at most', Number(issue.maximum), issue.inclusive === false ? 'below' : 'of at most');
    case 'not_multiple_of': return `a multiple of ${issue.divisor}`;
    case 'unrecognized_keys': return noOtherFields;
    case 'invalid_format': return `a text of the form ${issue.format === 'regex' ? issue.pattern : issue.format}`;
    case 'invalid_union':
      // No option of its discriminator: the options, where they are not nested unions.
      return 'options' in issue && issue.options !== undefined ? oneOf(issue.options) : issue.message;
    case 'custom': case 'invalid_key': case 'invalid_element': return issue.message;
  }
}

const oneOf = (values: readonly z.core.util.Primitive[]): string => (values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.join(', ')}`);

function bound(origin: string, howMany: string, limit: number, numbers: string): string {
  const kind = sized[origin];
  if (!kind) return `a number ${numbers} ${limit}`;
  return howMany === 'at least' && limit === 1 ? `${kind.name} that is not empty` : `${kind.name} of ${howMany} ${limit} ${kind.unit}`;
}

function shortJson(value: unknown): string {
  // JSON has null for these.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  const text = jsonOf(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** Aliases of YAML make values that hold themselves. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'a value that holds itself';
  }
}

export const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? (inner as Readonly<Record<PropertyKey, unknown>>)[key] : undefined), value);
