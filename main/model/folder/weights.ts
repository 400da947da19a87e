import { InputError } from '../../records/input-error.ts';
import { firstNonFinite } from '../../runtime/float-formats.ts';
import type { ModelConfig } from './config.ts';
import { expectedTensors } from './expected-tensors.ts';
import type { SafetensorsFile } from './safetensors.ts';
import type { TensorEntry } from './safetensors-header.ts';
import type { FloatDtype } from './safetensors-writer.ts';
import { canonicalTensorName } from './tensor-names.ts';
import { openWeightFiles } from './weight-files.ts';

/** The weights of a model folder, by canonical name (see expectedTensors). Values come as float32, whatever they are stored in. */
export type Weights = {
  /** Paths of the weight files. */
  readonly files: readonly string[];
  /** Stored tensors that the model does not use, by their stored names. */
  readonly surplus: readonly string[];
  readonly dtypeOf: (name: string) => FloatDtype;
  /** What most of the model's values are stored in; the config may say another. */
  readonly mostDtype: FloatDtype;
  /**
   * All values of a tensor, into `target` where it is given.
   * @throws InputError naming file and tensor when a value is NaN or infinite.
   */
  readonly readFloat32: (name: string, target?: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
  /** Rows [first, first + count) of a matrix, under the same rule. */
  readonly readRows: (name: string, first: number, count: number, target?: Float32Array<ArrayBuffer>) => Float32Array<ArrayBuffer>;
  readonly close: () => void;
};

type Stored = { readonly file: SafetensorsFile; readonly storedName: string; readonly entry: TensorEntry };

/**
 * Opens the weights of a folder and checks from the headers that they are this model's: every tensor of the config there,
 * in the right shape, in BF16, F16 or F32. Reads no tensor.
 * @throws InputError naming file and tensor; no file stays open then.
 */
export function openWeights(folder: string, config: ModelConfig): Weights {
  const files = openWeightFiles(folder);
  const close = (): void => files.forEach((file) => file.close());
  try {
    const stored = tensorsByCanonicalName(files);
    const expected = expectedTensors(config);
    requireExpected(folder, stored, expected);
    const at = (name: string): Stored => {
      const found = expected.has(name) ? stored.get(name) : undefined;
      if (found === undefined) throw new RangeError(`this model has no tensor ${name}`);
      return found;
    };
    return {
      mostDtype: mostDtype([...expected.keys()].flatMap((name) => stored.get(name) ?? [])),
      files: files.map(({ path }) => path),
      surplus: [...stored].filter(([name]) => !expected.has(name) && name !== 'lm_head.weight').map(([, { storedName }]) => storedName),
      dtypeOf: (name) => at(name).entry.dtype as FloatDtype, // requireExpected has seen to it
      readFloat32(name, target) {
        const tensor = at(name);
        return finite(tensor, 0, tensor.file.readFloat32(tensor.storedName, target));
      },
      readRows(name, first, count, target) {
        const tensor = at(name);
        return finite(tensor, first, tensor.file.readFloat32Rows(tensor.storedName, first, count, target));
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function mostDtype(tensors: readonly Stored[]): FloatDtype {
  const values = new Map<FloatDtype, number>();
  for (const { entry: { dtype, shape } } of tensors) values.set(dtype as FloatDtype, (values.get(dtype as FloatDtype) ?? 0) + shape.reduce((a, b) => a * b, 1));
  return [...values].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'F32';
}

function tensorsByCanonicalName(files: readonly SafetensorsFile[]): ReadonlyMap<string, Stored> {
  const stored = new Map<string, Stored>();
  for (const file of files) {
    for (const [storedName, entry] of file.tensors) {
      const name = canonicalTensorName(storedName);
      const other = stored.get(name);
      if (other !== undefined) {
        throw new InputError({
          thing: `${file.path}: tensor ${storedName}`, expected: `one tensor that is ${name}`, found: `tensor ${other.storedName} in ${other.file.path} too`,
          remedy: 'Remove one of the two, or save the model again.',
        });
      }
      stored.set(name, { file, storedName, entry });
    }
  }
  return stored;
}

function requireExpected(folder: string, stored: ReadonlyMap<string, Stored>, expected: ReadonlyMap<string, readonly number[]>): void {
  const missing = [...expected.keys()].filter((name) => !stored.has(name));
  if (missing.length > 0) {
    throw new InputError({
      thing: `${folder}: tensor ${missing[0]}`,
      expected: `the tensor in the weight files, of shape ${shapeText(expected.get(missing[0]!)!)}, as config.json says`,
      found: missing.length === 1 ? 'none of that name' : `none of that name; ${missing.length} tensors are missing`,
      remedy: missing[0] === 'lm_head.weight'
        ? 'Set tie_word_embeddings to true if the head is the embedding, or add the shard with the head.'
        : 'Use the config.json that belongs to these weights, or add the missing shard.',
    });
  }
  for (const [name, shape] of expected) {
    const { file, storedName, entry } = stored.get(name)!;
    const thing = `${file.path}: tensor ${storedName}`;
    if (entry.dtype !== 'BF16' && entry.dtype !== 'F16' && entry.dtype !== 'F32') {
      throw new InputError({
        thing, expected: 'dtype BF16, F16 or F32', found: entry.dtype, remedy: 'Use the unquantised checkpoint, or save the model as bfloat16.',
      });
    }
    if (shapeText(entry.shape) !== shapeText(shape)) {
      const vocabulary = (name === 'model.embed_tokens.weight' || name === 'lm_head.weight') && entry.shape[1] === shape[1];
      throw new InputError({
        thing, expected: `shape ${shapeText(shape)}, as config.json says`, found: shapeText(entry.shape),
        remedy: vocabulary
          ? `Set vocab_size in config.json to ${entry.shape[0]} if these weights are right.`
          : 'Use the config.json that belongs to these weights.',
      });
    }
  }
}

function finite({ file, storedName, entry }: Stored, firstRow: number, values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const at = firstNonFinite(values);
  if (at === -1) return values;
  const width = entry.shape.slice(1).reduce((product, size) => product * size, 1);
  throw new InputError({
    thing: `${file.path}: tensor ${storedName}`, expected: 'finite numbers', found: `${values[at]} at index ${firstRow * width + at}`,
    remedy: 'Copy or download the file again; if the values stay, the checkpoint is damaged.',
  });
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
