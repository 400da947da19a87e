import { float32ToBfloat16, float32ToFloat16 } from '../../runtime/float-formats.ts';
import { writeFileAtomic } from './atomic-file.ts';
import { DTYPE_BYTES } from './safetensors-header.ts';

export type FloatDtype = 'F32' | 'BF16' | 'F16';

export type TensorToWrite = {
  readonly name: string;
  readonly dtype: FloatDtype;
  readonly shape: readonly number[];
  /** Called once, when the tensor's turn comes: its values in row-major order, in one piece or in many. */
  readonly values: () => Iterable<Float32Array>;
};

/** Values narrowed at a time. */
const CHUNK_VALUES = 2 << 20;

/**
 * Writes a .safetensors file atomically, tensor by tensor, so that a file of any size needs the memory of one piece.
 * @throws InputError when the file cannot be written; Error when a tensor's values are not as many as its shape says.
 */
export function writeSafetensors(file: string, tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>> = {}): void {
  writeFileAtomic(file, (append) => {
    for (const piece of safetensorsBytes(file, tensors, metadata)) append(piece);
  });
}

/**
 * The bytes of a .safetensors file one after another, for who writes them with other things to do in between. The header is
 * padded to 8 bytes and the widest type comes first, so every tensor is aligned to its type.
 * @param file What messages call it.
 */
export function* safetensorsBytes(file: string, tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>> = {}): Generator<Uint8Array> {
  const ordered = [...tensors].sort((a, b) => DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype]);
  yield headerBytes(file, ordered, metadata);
  for (const tensor of ordered) {
    let written = 0;
    for (const values of tensor.values()) {
      for (let first = 0; first < values.length; first += CHUNK_VALUES) yield narrowed(values.subarray(first, first + CHUNK_VALUES), tensor.dtype);
      written += values.length;
    }
    if (written !== elements(tensor)) throw new Error(`${file}: tensor ${tensor.name}: ${written} values for the shape [${tensor.shape.join(', ')}]`);
  }
}

function headerBytes(file: string, tensors: readonly TensorToWrite[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const tensor of tensors) {
    if (Object.hasOwn(header, tensor.name)) throw new Error(`${file}: two tensors are named ${tensor.name}`);
    const end = offset + elements(tensor) * DTYPE_BYTES[tensor.dtype];
    header[tensor.name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const padded = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + padded).fill(0x20, 8);
  bytes.set(json, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  return bytes;
}

function narrowed(values: Float32Array, dtype: FloatDtype): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const halves = new Uint16Array(values.length);
  if (dtype === 'BF16') float32ToBfloat16(values, halves);
  else float32ToFloat16(values, halves);
  return new Uint8Array(halves.buffer);
}

function elements(tensor: TensorToWrite): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}
