import type { ModelConfig } from './folder/config.ts';
import { expectedTensors } from './folder/expected-tensors.ts';

// On a CPU a product of few rows with a float matrix spends more time on laying the matrix out than on multiplying. Steps
// of one token then go through sessions whose weights are laid out once: a third of the time, for a copy of the weights.

const mebibyte = 1024 ** 2;
/** Below, the weights lie in the processor's caches anyway. */
const leastBytes = 32 * mebibyte;
/** Above, the copy is not worth its memory; so large a model is better quantised. */
const mostBytes = 1024 * mebibyte;

/** Bytes of the copy that a model's decoding would have; 0 where it is not worth it. */
export function packedBytes(config: ModelConfig): number {
  const bytes = decoderBytes(config);
  return bytes >= leastBytes && fitsSession(config) ? bytes : 0;
}

/** Whether the decoder's weights may be part of a session as floats: a graph in one piece has 2 GiB at most. */
export const fitsSession = (config: ModelConfig): boolean => decoderBytes(config) <= mostBytes;

/** Bytes of the decoder's weights with its head, as float32. */
function decoderBytes(config: ModelConfig): number {
  const { tiedHead } = config.text;
  let bytes = 0;
  for (const [name, shape] of expectedTensors(config)) {
    if (name.startsWith('visual.') || (name === 'model.embed_tokens.weight' && !tiedHead)) continue;
    bytes += 4 * shape.reduce((n, dim) => n * dim, 1);
  }
  return bytes;
}
