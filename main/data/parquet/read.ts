import type { SchemaElement } from 'hyparquet';
import type { BrokenRow, JsonObject, Row } from '../files/json-rows.ts';
import type { Format } from '../formats/format.ts';
import { ImageFault, type ImageImport } from '../images.ts';
import type { ParquetLayout } from '../layout.ts';
import type { DecodedImage } from './decoder-protocol.ts';
import { DecoderProcess } from './decoder-process.ts';

/**
 * The rows of a Parquet file, and how a new file like it is laid out.
 * @throws InputError for a file that is damaged, or hostile: within seconds.
 */
export async function openParquet(path: string, images: ImageImport | undefined, signal: AbortSignal | undefined): Promise<{ readonly rows: AsyncGenerator<Row | BrokenRow, string>; readonly layoutOf: (format: Format) => ParquetLayout }> {
  const decoder = new DecoderProcess(path, images !== undefined, signal);
  try {
    const { schema, metadata } = await decoder.head();
    return {
      rows: rowsOf(decoder, images),
      layoutOf: (format) => ({
        version: 1,
        format: format.name,
        container: 'parquet',
        keys: topLevel(schema),
        numericIds: false,
        schema: schema.map((element) => ({ ...element })),
        metadata,
      }),
    };
  } catch (error) {
    decoder.close();
    throw error;
  }
}

async function* rowsOf(decoder: DecoderProcess, images: ImageImport | undefined): AsyncGenerator<Row | BrokenRow, string> {
  let index = 0;
  try {
    for (let message = await decoder.rows(); message; message = await decoder.rows()) {
      const values = JSON.parse(message.json) as readonly JsonObject[];
      const faults = images ? await keptImages(message.images, images) : new Map<number, string>();
      for (const [i, value] of values.entries()) {
        const reason = faults.get(i);
        yield reason === undefined ? { index, value } : { index, reason };
        index++;
      }
    }
  } finally {
    decoder.close();
  }
  return '';
}

/** Takes the images of some rows into the store. @returns why not, by row. */
async function keptImages(found: readonly DecodedImage[], images: ImageImport): Promise<ReadonlyMap<number, string>> {
  const faults = new Map<number, string>();
  await Promise.all(found.map(async ({ row, name, reference, bytes }) => {
    try {
      await images.keep(bytes, name, reference);
    } catch (error) {
      if (!(error instanceof ImageFault)) throw error;
      faults.set(row, error.message);
    }
  }));
  return faults;
}

/** Names of the columns: the children of the root, each followed by its own. */
function topLevel(schema: readonly SchemaElement[]): readonly string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < children; i++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name as string);
    skip();
  }
  return names;
}
