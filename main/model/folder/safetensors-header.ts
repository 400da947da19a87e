import { InputError } from '../../records/input-error.ts';

/** Bytes of one element, by the name the format gives the type. */
export const DTYPE_BYTES = {
  BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1,
  U16: 2, I16: 2, F16: 2, BF16: 2,
  U32: 4, I32: 4, F32: 4,
  U64: 8, I64: 8, F64: 8,
} as const;

export type SafetensorsDtype = keyof typeof DTYPE_BYTES;

export type TensorEntry = {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  /** First byte of the tensor, counted from the start of the file. */
  readonly start: number;
  /** The byte after the last, counted from the start of the file. */
  readonly end: number;
};

export type SafetensorsHeader = {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
};

/** The reference implementation refuses longer headers too (safetensors, MAX_HEADER_SIZE). */
const MAX_HEADER_BYTES = 100_000_000;

const COPY_AGAIN = 'Copy or download the file again.';

/**
 * Length of the JSON header from the first eight bytes of the file.
 * @throws InputError when it is longer than the file or than MAX_HEADER_BYTES.
 */
export function headerLength(path: string, first8: Uint8Array, fileBytes: number): number {
  if (first8.length < 8) {
    throw new InputError({ thing: path, expected: 'a safetensors file of at least 8 bytes', found: `${fileBytes} bytes`, remedy: COPY_AGAIN });
  }
  const length = new DataView(first8.buffer, first8.byteOffset, 8).getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new InputError({
      thing: path, expected: `a header of at most ${MAX_HEADER_BYTES} bytes`, found: `a header length of ${length}`,
      remedy: 'Check that this is a safetensors file, and copy or download it again.',
    });
  }
  if (8 + Number(length) > fileBytes) {
    throw new InputError({
      thing: path, expected: `a header of ${length} bytes, as its first 8 bytes say`, found: `a file of ${fileBytes} bytes`, remedy: COPY_AGAIN,
    });
  }
  return Number(length);
}

/**
 * The header of a safetensors file, with every tensor's place checked: known type, shape × type = size,
 * tensors back to back from the end of the header to the end of the file, no gap, no overlap.
 * @param json the header's bytes, without the eight bytes of length.
 * @throws InputError naming the file and the tensor.
 */
export function parseHeader(path: string, json: Uint8Array, fileBytes: number): SafetensorsHeader {
  const dataStart = 8 + json.length;
  const tensors = new Map<string, TensorEntry>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(headerObject(path, json))) {
    if (name === '__metadata__') metadata = metadataOf(path, value);
    else tensors.set(name, entryOf(`${path}: tensor ${name}`, value, dataStart));
  }
  requireContiguous(path, tensors, dataStart, fileBytes);
  return { tensors, metadata };
}

function headerObject(path: string, json: Uint8Array): Record<string, unknown> {
  const text = new TextDecoder().decode(json);
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    // Reported below, together with JSON that is not an object.
  }
  throw new InputError({
    thing: path, expected: 'a header that is a JSON object', found: JSON.stringify(text.slice(0, 40)),
    remedy: 'Check that this is a safetensors file, and copy or download it again.',
  });
}

function metadataOf(path: string, value: unknown): Readonly<Record<string, string>> {
  if (isRecord(value) && Object.values(value).every((text) => typeof text === 'string')) return value as Record<string, string>;
  throw new InputError({
    thing: `${path}: __metadata__`, expected: 'an object of texts', found: short(value), remedy: 'Write the file again with texts as metadata.',
  });
}

function entryOf(thing: string, value: unknown, dataStart: number): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  const writeAgain = 'Write the file again with a safetensors library.';
  if (!isDtype(dtype)) {
    throw new InputError({ thing, expected: `a dtype of ${Object.keys(DTYPE_BYTES).join(', ')}`, found: short(dtype), remedy: writeAgain });
  }
  if (!isCounts(shape)) throw new InputError({ thing, expected: 'a shape of whole numbers', found: short(shape), remedy: writeAgain });
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1]! < offsets[0]!) {
    throw new InputError({ thing, expected: 'data_offsets [begin, end] with begin ≤ end', found: short(offsets), remedy: writeAgain });
  }
  const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
  const [begin, end] = [offsets[0]!, offsets[1]!];
  if (bytes !== end - begin) {
    throw new InputError({
      thing, expected: `${bytes} bytes for ${dtype} [${shape.join(', ')}]`, found: `${end - begin} bytes (data_offsets ${begin} to ${end})`, remedy: writeAgain,
    });
  }
  return { dtype, shape, start: dataStart + begin, end: dataStart + end };
}

function requireContiguous(path: string, tensors: ReadonlyMap<string, TensorEntry>, dataStart: number, fileBytes: number): void {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let reached = dataStart;
  let previous = 'the header';
  for (const [name, entry] of inOrder) {
    if (entry.end > fileBytes) {
      throw new InputError({
        thing: `${path}: tensor ${name}`, expected: `bytes ${entry.start} to ${entry.end} of the file`,
        found: `a file of ${fileBytes} bytes: it is truncated`, remedy: COPY_AGAIN,
      });
    }
    if (entry.start !== reached) {
      throw new InputError({
        thing: `${path}: tensor ${name}`, expected: `its bytes to start at ${reached - dataStart}, where ${previous} ends`,
        found: `data_offsets that start at ${entry.start - dataStart}: ${entry.start < reached ? 'they overlap' : 'there is a gap'}`,
        remedy: 'Write the file again with a safetensors library.',
      });
    }
    reached = entry.end;
    previous = `tensor ${name}`;
  }
  if (reached !== fileBytes) {
    throw new InputError({
      thing: path, expected: `a file of ${reached} bytes, as its header says`, found: `${fileBytes} bytes`, remedy: COPY_AGAIN,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(value: unknown): value is SafetensorsDtype {
  return typeof value === 'string' && Object.hasOwn(DTYPE_BYTES, value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
