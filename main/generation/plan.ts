import { type Bindings, type Shape, evaluateDim } from '../onnx/dim.ts';
import { type Graph, dataTypes } from '../onnx/graph.ts';
import { peakActivationBytes } from '../onnx/liveness.ts';
import type { ModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { type Segment, decoderSegment } from '../model/graphs/decoder.ts';
import type { MatrixForm, ParameterOptions } from '../model/graphs/parameters.ts';
import { visionTower } from '../model/graphs/vision.ts';
import { type QuantizationScheme, quantizedSizes } from '../model/quantize/scheme.ts';
import { type Provider, providerTraits } from '../runtime/provider.ts';
import { ownCapacity } from './batch-cache.ts';
import { promptChunk } from './passages.ts';

/** What is to run: one prompt with its images, and a group of completions. */
export type GenerationPlanInput = {
  readonly config: ModelConfig;
  readonly provider: Provider;
  readonly quantize?: QuantizationScheme;
  readonly precision: 'float32' | 'float16';
  /** Of the largest image, since one is read at a time; 0 for a prompt without. */
  readonly imagePixels: number;
  /** Image tokens included. */
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly group: number;
  readonly layersPerRun?: number;
};

export type PlanPart = { readonly name: string; readonly bytes: number };

export type GenerationPlan = {
  /** What the parts add up to, where they lie: the process's memory on the CPU, else the device's. */
  readonly where: 'memory' | 'device';
  readonly parts: readonly PlanPart[];
  readonly peakBytes: number;
  /** Memory of the process besides a device: everything that is not on it. */
  readonly processBytes: number;
};

/** Node, onnxruntime, this program's code and the buffers of reading a model (measured on Linux, x64). */
export const programBytes = 160 * 1024 ** 2;

// onnxruntime's arenas keep blocks that they cannot merge and take new ones in growing steps; outputs wait for the
// garbage collector (measured, see docs/performance.md).
const arenaSlack = 1.5;

// The CPU's packed copy of a quantised matrix holds the scales and a sum for each block, beside the scales of the file.
const scaleCopies = 3;

/**
 * Predicts the memory of a generation from the model's config alone: weights as they are held, the prompt's and the rows'
 * keys and values, and the tensors inside each graph by their lifetimes.
 */
export function planGeneration(input: GenerationPlanInput): GenerationPlan {
  const { config, provider, quantize, precision } = input;
  const onDevice = providerTraits[provider].deviceTensors || provider !== 'cpu';
  const float: MatrixForm = { kind: 'float', type: precision };
  const text: ParameterOptions = {
    form: quantize ? { kind: 'quantized', scheme: quantize, accuracy: 4 } : float,
    placement: { kind: 'inputs' }, // initializers take the same room
    lora: false,
  };
  const decoder = decoderParts(input, text);
  const vision = input.imagePixels > 0 ? visionParts(input, precision) : [];
  const caches = cacheParts(input);
  const parts = [...decoder, ...vision, ...caches];
  const sum = (list: readonly PlanPart[]): number => Math.ceil(list.reduce((total, { bytes }) => total + bytes, 0));
  if (!onDevice) {
    const program = { name: 'program and libraries', bytes: programBytes };
    return { where: 'memory', parts: [program, ...parts], peakBytes: sum(parts) + programBytes, processBytes: sum(parts) + programBytes };
  }
  // The device holds weights, tensors in flight and a copy of the caches; the process the caches and what is brought over.
  return { where: 'device', parts, peakBytes: sum(parts), processBytes: programBytes + sum(caches) + (input.layersPerRun ? weightBytes(config, text.form, 'text') : 0) };
}

function decoderParts(input: GenerationPlanInput, options: ParameterOptions): readonly PlanPart[] {
  const { config, promptTokens, completionTokens, group } = input;
  const layers = Math.min(input.layersPerRun ?? config.text.layers, config.text.layers);
  const share = layers / config.text.layers;
  const segment: Segment = { first: 0, end: layers, head: layers === config.text.layers, prefixes: 0 };
  const reading = decoderSegment(config.text, segment, options).graph;
  const chunk = Math.min(promptTokens, promptChunk);
  const read = peak(reading, { B: 1, N: 1, S: chunk, P: 0, R: Math.max(1, promptTokens - chunk) });
  const capacity = ownCapacity(completionTokens);
  // Where caches stay on the device decoding has a graph of its own, out of which the rows come anew while the old ones are there.
  const keeps = providerTraits[input.provider].deviceTensors && !input.layersPerRun;
  const step = decoderSegment(config.text, { ...segment, prefixes: 1, ...(keeps && { writesOwn: true }) }, options).graph;
  const decode = peak(step, { B: group, N: group, S: 1, P: promptTokens, R: capacity });
  return [
    { name: input.layersPerRun ? 'decoder weights, one run of layers' : 'decoder weights', bytes: weightBytes(config, options.form, 'text') * share },
    // Each graph keeps its arena.
    { name: 'decoder tensors', bytes: arenaSlack * (read + decode) },
  ];
}

/** The tower's weights, and its tensors for one image. */
export function visionParts({ config, imagePixels }: Pick<GenerationPlanInput, 'config' | 'imagePixels'>, precision: GenerationPlanInput['precision']): readonly PlanPart[] {
  const { vision } = config;
  const options: ParameterOptions = { form: { kind: 'float', type: precision }, placement: { kind: 'inputs' }, lora: false };
  const unit = vision.mergeSize ** 2;
  const side = Math.max(1, Math.round(Math.sqrt(imagePixels) / (vision.patchSize * vision.mergeSize)));
  const perWindow = Math.max(1, Math.floor(vision.windowSize / vision.mergeSize / vision.patchSize));
  const { graph } = visionTower(vision, { ...options, streamingAttention: true });
  const bindings = { U: side ** 2, W: Math.ceil(side / perWindow) ** 2, L: Math.min(side, perWindow) ** 2 * unit };
  const pixels = graph.inputs.find(({ name }) => name === 'pixels');
  return [
    { name: 'vision weights', bytes: weightBytes(config, options.form, 'vision') },
    { name: 'vision tensors', bytes: arenaSlack * peak(graph, bindings) + 2 * bytesOf(pixels?.shape ?? [], bindings) },
  ];
}

/** Keys and values, and the copies that are made while they grow. */
function cacheParts({ config, promptTokens, completionTokens, group }: GenerationPlanInput): readonly PlanPart[] {
  const { layers, kvHeads, headDim, hiddenSize, vocabSize } = config.text;
  const perToken = 2 * layers * kvHeads * headDim * 4;
  const rows = group * ownCapacity(completionTokens) * perToken;
  return [
    { name: 'prompt’s keys and values', bytes: promptTokens * perToken + Math.min(promptTokens, promptChunk) * perToken },
    { name: 'completions’ keys and values', bytes: rows },
    { name: 'embeddings and logits', bytes: 4 * (promptTokens * hiddenSize + 2 * group * vocabSize) },
  ];
}

const peak = (graph: Graph, bindings: Bindings): number => peakActivationBytes(graph, bindings);

const bytesOf = (shape: Shape, bindings: Bindings): number => shape.reduce<number>((n, dim) => n * evaluateDim(dim, bindings), dataTypes.float32.bytes);

/** Bytes of the decoder's (with its head) or the vision tower's weights in a form; embedding rows are read from the file. */
export function weightBytes(config: ModelConfig, form: MatrixForm, part: 'text' | 'vision'): number {
  const { tiedHead } = config.text;
  let bytes = 0;
  for (const [name, shape] of expectedTensors(config)) {
    if (name.startsWith('visual.') !== (part === 'vision')) continue;
    if (name === 'model.embed_tokens.weight' && !tiedHead) continue;
    const count = shape.reduce((n, dim) => n * dim, 1);
    if (shape.length === 1) bytes += count * 4;
    else if (form.kind === 'float') bytes += count * dataTypes[form.type].bytes;
    else {
      const sizes = quantizedSizes(form.scheme, shape[0] as number, count / (shape[0] as number));
      bytes += sizes.weightBytes + 4 * scaleCopies * sizes.scales + sizes.zeroPointBytes;
    }
  }
  return bytes;
}
