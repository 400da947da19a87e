import { type SchemaElement, parquetSchema } from 'hyparquet';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { InputError } from '../../records/input-error.ts';
import type { JsonObject } from '../files/json-rows.ts';
import type { ParquetLayout } from '../layout.ts';
import { fromJson, referencesIn } from './values.ts';

const text = (name: string): SchemaElement => ({ name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' });
const group = (name: string, children: readonly (readonly SchemaElement[])[]): readonly SchemaElement[] => [{ name, num_children: children.length, repetition_type: 'OPTIONAL' }, ...children.flat()];
const list = (name: string, element: readonly SchemaElement[]): readonly SchemaElement[] => [
  { name, num_children: 1, converted_type: 'LIST', repetition_type: 'OPTIONAL' },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  ...element,
];

/** The columns of a chat data set made anew; names and types as verl's and TRL's own examples have them. */
const freshSchema: readonly SchemaElement[] = [
  { name: 'schema', num_children: 6 },
  text('data_source'),
  ...list('prompt', group('element', [[text('role')], [text('content')]])),
  ...list('images', group('element', [[{ name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' }], [text('path')]])),
  text('ability'),
  ...group('reward_model', [[text('style')], [text('ground_truth')]]),
  ...group('extra_info', [[text('id')], [text('question')], list('answers', [text('element')]), [text('split')]]),
];

const string = { dtype: 'string', _type: 'Value' };
/** What Hugging Face's `datasets` needs to know that the structs are images. */
const freshMetadata = [
  {
    key: 'huggingface',
    value: JSON.stringify({
      info: {
        features: {
          data_source: string,
          prompt: [{ role: string, content: string }],
          images: [{ _type: 'Image' }],
          ability: string,
          reward_model: { style: string, ground_truth: string },
          extra_info: { id: string, question: string, answers: [string], split: string },
        },
      },
    }),
  },
];

/**
 * A column as it can be written. hyparquet-writer writes the width of the logical type INTEGER so that pyarrow cannot read
 * it; the older converted type says the same.
 * @throws InputError for a column whose values would come back changed.
 */
function writable(element: SchemaElement): SchemaElement {
  const { name, converted_type: converted, logical_type: logical, precision = 0 } = element;
  const refused = (found: string): InputError => new InputError({ thing: `column ${name}`, expected: 'a type whose values can be written as they were', found, remedy: 'Leave the column out of the data set, or export in another format.' });
  if (converted === 'MAP' || converted === 'MAP_KEY_VALUE' || logical?.type === 'MAP') throw refused('a map');
  if ((converted === 'DECIMAL' || logical?.type === 'DECIMAL') && precision > 15) throw refused(`decimal numbers of ${precision} digits`);
  if (logical?.type !== 'INTEGER') return element;
  const { logical_type: _, ...rest } = element;
  return rest;
}

/** Rows of a group: few enough that their images fit into memory. */
const rowGroupSize = 200;

/**
 * Writes rows as a Parquet file; images within them are { bytes: reference, path }, and `read` brings their bytes. What
 * is held at a time is a group of rows.
 */
export async function writeParquet(file: string, rows: readonly JsonObject[], layout: ParquetLayout, read: (reference: string) => Promise<Uint8Array>): Promise<void> {
  const made = layout.schema.length === 0;
  const schema = made ? [...freshSchema] : (layout.schema as unknown as SchemaElement[]).map(writable);
  const { children } = parquetSchema({ schema } as Parameters<typeof parquetSchema>[0]);
  async function* stored(): AsyncGenerator<Record<string, unknown>> {
    for (const row of rows) {
      const bytes = new Map<string, Uint8Array>();
      for (const reference of referencesIn(row)) bytes.set(reference, await read(reference));
      yield Object.fromEntries(children.map((child) => [child.element.name, fromJson(row[child.element.name], child, (reference) => bytes.get(reference) as Uint8Array)]));
    }
  }
  const columns = children.map(({ element: { name } }) => ({ name }));
  await parquetWriteRows({ writer: fileWriter(file), rows: stored(), columns, schema, rowGroupSize, kvMetadata: made ? freshMetadata : [...layout.metadata] });
}
