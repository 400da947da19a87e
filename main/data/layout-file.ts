import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { InputError } from '../records/input-error.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { type Layout, layout as schema } from './layout.ts';

/** The layout of an imported file lies beside its records: `samples.jsonl` has `samples.layout.json`. */
export const layoutFileOf = (samples: string): string => `${samples.replace(/\.jsonl$/, '')}.layout.json`;

/**
 * The layout beside a file of samples; nothing where there is none.
 * @throws InputError where it cannot be understood.
 */
export async function readLayout(samples: string): Promise<Layout | undefined> {
  const file = layoutFileOf(samples);
  if (!existsSync(file)) return undefined;
  const text = await readFile(file, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError({ thing: file, expected: 'JSON', found: (error as Error).message, remedy: 'Import the data set again.' }, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InputError({ thing: file, expected: 'the layout that an import wrote', found: schemaFaultText(parsed.error, value), remedy: 'Import the data set again.' });
}
