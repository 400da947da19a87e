import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { InputError } from '../../records/input-error.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from '../../runtime/float-formats.ts';
import { withFile } from './file-errors.ts';
import { headerLength, parseHeader } from './safetensors-header.ts';
import type { SafetensorsHeader, TensorEntry } from './safetensors-header.ts';

/** Source bytes converted at a time: the 16-bit numbers of a tensor are never in memory as a whole. */
const CHUNK_BYTES = 4 << 20;
/** Below what one read call takes on any system (2^31 − 1). */
const READ_BYTES = 1 << 30;

/**
 * An open .safetensors file. Tensors are read by their byte ranges; nothing else of the file is.
 * Numbers are little-endian, in the file as on every machine that onnxruntime supports.
 */
export class SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  #descriptor: number | undefined;

  constructor(path: string, descriptor: number, header: SafetensorsHeader) {
    this.path = path;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.#descriptor = descriptor;
  }

  /** The tensor's bytes as stored, in a buffer of their own: `new BigInt64Array(bytes.buffer)` is an I64 tensor's values. */
  readBytes(name: string): Uint8Array<ArrayBuffer> {
    const { start, end } = this.#entry(name);
    const bytes = new Uint8Array(end - start);
    this.#read(name, bytes, start);
    return bytes;
  }

  /**
   * A BF16, F16 or F32 tensor's values as float32.
   * @param target where they go, of the tensor's length; one that is used again saves the system the making of fresh pages,
   *   which takes as long as the reading.
   * @throws InputError for another type.
   */
  readFloat32(name: string, target?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { shape } = this.#entry(name);
    return this.#readValues(name, 0, shape.reduce((product, size) => product * size, 1), target);
  }

  /**
   * Rows [firstRow, firstRow + rows) of a BF16, F16 or F32 tensor [R, …] as float32 [rows, …].
   * @throws RangeError when the tensor has no such rows, InputError for another type.
   */
  readFloat32Rows(name: string, firstRow: number, rows: number, target?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const [height = 1, ...rest] = this.#entry(name).shape;
    if (firstRow < 0 || rows < 0 || firstRow + rows > height) {
      throw new RangeError(`${this.path}: tensor ${name}: rows ${firstRow} to ${firstRow + rows} of ${height}`);
    }
    const width = rest.reduce((product, size) => product * size, 1);
    return this.#readValues(name, firstRow * width, rows * width, target);
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #readValues(name: string, first: number, count: number, target?: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const { dtype, start } = this.#entry(name);
    const values = target ?? new Float32Array(count);
    if (values.length !== count) throw new RangeError(`${this.path}: tensor ${name}: ${count} values do not fit a target of ${values.length}`);
    if (dtype === 'F32') {
      this.#read(name, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start + 4 * first);
      return values;
    }
    if (dtype !== 'BF16' && dtype !== 'F16') {
      throw new InputError({
        thing: `${this.path}: tensor ${name}`, expected: 'dtype BF16, F16 or F32', found: dtype, remedy: 'Save the tensor in one of these types.',
      });
    }
    const widen = dtype === 'BF16' ? bfloat16ToFloat32 : float16ToFloat32;
    const chunk = new Uint16Array(Math.min(count, CHUNK_BYTES / 2));
    for (let done = 0; done < count; done += chunk.length) {
      const source = chunk.subarray(0, Math.min(chunk.length, count - done));
      this.#read(name, new Uint8Array(source.buffer, 0, source.byteLength), start + 2 * (first + done));
      widen(source, values.subarray(done, done + source.length));
    }
    return values;
  }

  #read(name: string, target: Uint8Array, position: number): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) throw new Error(`${this.path}: tensor ${name} is read after close()`);
    for (let done = 0; done < target.length; ) {
      const wanted = Math.min(target.length - done, READ_BYTES);
      const read = withFile(`${this.path}: tensor ${name}`, 'bytes that can be read', () => readSync(descriptor, target, done, wanted, position + done));
      if (read === 0) {
        throw new InputError({
          thing: `${this.path}: tensor ${name}`, expected: `${wanted} bytes at ${position + done}`,
          found: 'the end of the file: it became shorter after it was opened', remedy: 'Copy or download the file again.',
        });
      }
      done += read;
    }
  }

  #entry(name: string): TensorEntry {
    const entry = this.tensors.get(name);
    if (entry === undefined) throw new RangeError(`${this.path} has no tensor ${name}`);
    return entry;
  }
}

/**
 * Opens a .safetensors file and checks its header (see parseHeader); no tensor is read.
 * @throws InputError naming the file, and the tensor where it is about one.
 */
export function openSafetensors(path: string): SafetensorsFile {
  const expected = 'a safetensors file that can be read';
  const stats = withFile(path, expected, () => statSync(path));
  // Opening a pipe would wait for a writer, for ever.
  if (!stats.isFile() && !stats.isDirectory()) throw new InputError({ thing: path, expected, found: 'a pipe, a socket or a device', remedy: 'Copy or download the file again.' });
  const descriptor = withFile(path, expected, () => openSync(path, 'r'));
  try {
    const { size } = fstatSync(descriptor);
    const first8 = new Uint8Array(8);
    const got = withFile(path, expected, () => readSync(descriptor, first8, 0, 8, 0));
    const json = new Uint8Array(headerLength(path, first8.subarray(0, got), size));
    const read = withFile(path, expected, () => readSync(descriptor, json, 0, json.length, 8));
    return new SafetensorsFile(path, descriptor, parseHeader(path, json.subarray(0, read), size));
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}
