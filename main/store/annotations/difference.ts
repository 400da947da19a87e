import type { Sample } from '../../records/sample.ts';

/** The fields of a record in their order; those that differ from the other record's have their value here. */
export type Fields = readonly (readonly [name: string] | readonly [name: string, value: unknown])[];

/** What two records differ in; nothing where they are the same. */
export function differenceOf(before: Sample, after: Sample): { readonly before: Fields; readonly after: Fields } | undefined {
  if (JSON.stringify(before) === JSON.stringify(after)) return undefined;
  return { before: fieldsOf(before, after), after: fieldsOf(after, before) };
}

/**
 * A record with the fields of one side of a difference for those of the other. What changed meanwhile and is no part of
 * the difference stays, such as the split that a draw gave it.
 */
export function withFields(present: Sample, to: Fields, from: Fields): Sample {
  const record = new Map(Object.entries(present));
  const known = new Set([...to, ...from].map(([name]) => name));
  const fields = to.flatMap((field): readonly (readonly [string, unknown])[] => (field.length === 2 ? [field] : record.has(field[0]) ? [[field[0], record.get(field[0])]] : []));
  return Object.fromEntries([...fields, ...[...record].filter(([name]) => !known.has(name))]) as Sample;
}

function fieldsOf(record: Sample, other: Sample): Fields {
  const others = new Map<string, unknown>(Object.entries(other));
  return Object.entries(record).map(([name, value]) => (JSON.stringify(value) === JSON.stringify(others.get(name)) ? [name] : [name, value]));
}
