import { ownCapacity } from '../generation/batch-cache.ts';
import { type PlanPart, visionParts, weightBytes } from '../generation/plan.ts';
import { linearModules } from '../model/folder/adapter.ts';
import type { ModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { pieceNumbers } from '../model/graphs/base-matrix.ts';
import type { MatrixForm } from '../model/graphs/parameters.ts';
import { packedBytes } from '../model/packing.ts';
import { keptBytes } from '../model/graphs/train-layers.ts';
import type { QuantizationScheme } from '../model/quantize/scheme.ts';
import { adaptedModules } from '../model/training/lora.ts';
import { type TokenLayout, layOut } from '../model/training/token-layout.ts';
import { type Provider, providerTraits } from '../runtime/provider.ts';
import { floatsOf, programParts } from './plan-programs.ts';
import { joinedTokens, shortPrompt } from './token-batches.ts';

/** What is trained: an adapter, or all weights. */
export type PlannedParameters =
  | { readonly kind: 'lora'; readonly rank: number; /** By another run, so that its rank stays. */ readonly begun?: boolean; readonly targetModules: readonly string[]; readonly excludeModules: readonly string[] }
  | { readonly kind: 'full'; readonly vision: boolean };

/** One step of training: a group that is written and learnt from. */
export type TrainingPlanInput = {
  readonly config: ModelConfig;
  readonly where: 'memory' | 'device';
  /** Whether each program has memory of its own (ProviderTraits.oneMemory); where left out all have the same. */
  readonly apart?: boolean;
  readonly quantize?: QuantizationScheme;
  /** Of matrices that are not quantised; half precision stays on a device, and whole weights are trained in float32. */
  readonly precision?: 'float32' | 'float16';
  readonly parameters: PlannedParameters;
  /** 0 for a prompt without an image. */
  readonly imagePixels: number;
  /** Image tokens included. */
  readonly promptTokens: number;
  /** What follows the prompt in each row: what the policy writes, and what tools answer. */
  readonly completionTokens: number;
  /** Which setting of a run bounds that: rollout.tokens where left out; null where none does, as for demonstrations. */
  readonly lengthSetting?: 'rollout.tokens' | 'rollout.maxNewTokens' | null;
  readonly group: number;
  /** Questions of a step; 1 where left out. Groups with short prompts are learnt from together. */
  readonly prompts?: number;
  /** Completions that are written together. */
  readonly slots: number;
  /** Whether the reference's logprobs are needed (β > 0). */
  readonly reference: boolean;
  /** Whether later steps have groups of other shapes, whose programs are kept too, up to their budget. */
  readonly otherShapes: boolean;
  /** As TrainingOptions have them. */
  readonly activationBytes?: number;
  readonly programBytes?: number;
};

/** Where a provider’s parts lie, and how its programs hold their memory. */
export const placeOf = (provider: Provider): Pick<TrainingPlanInput, 'where' | 'apart'> => ({ where: provider === 'cpu' ? 'memory' : 'device', ...(!providerTraits[provider].oneMemory && { apart: true }) });

export type TrainingPlan = {
  /** Where the parts lie: the process's memory, or the device's. */
  readonly where: 'memory' | 'device';
  readonly parts: readonly PlanPart[];
  readonly peakBytes: number;
  /** Numbers that are trained. */
  readonly parameters: number;
};

const mebibyte = 1024 ** 2;

const mostUncollected = 100 * mebibyte;

/** Node with the worker's thread, onnxruntime, this program's code (measured on Linux, x64). */
const programBytes = 200 * mebibyte;

/**
 * Predicts the memory of a training step from the model's config alone: weights, what is trained with its gradients and
 * moments, the sampler's caches, the activations that are kept, and what each program's arena holds after its run. All in bytes; the parts add up to the peak.
 */
export function planTraining(input: TrainingPlanInput): TrainingPlan {
  const { where, activationBytes = 512 * mebibyte } = input;
  const layout = layoutOf(input);
  const numbers = trainedNumbers(input.config, input.parameters);
  const kept = keptLayers(input, layout, activationBytes);
  const parts = [
    ...(where === 'memory' ? [{ name: 'program and libraries', bytes: programBytes }] : []),
    ...weightParts(input),
    ...referenceParts(input),
    ...(input.imagePixels > 0 ? visionParts(input, floatsOf(input)).slice(1) : []),
    ...samplerParts(input),
    ...trainedParts(input, numbers),
    ...passParts(input, layout, kept, numbers),
    ...programParts(input, layout, kept),
  ].map(({ name, bytes }) => ({ name, bytes: Math.ceil(bytes) }));
  return { where, parts, peakBytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), parameters: numbers };
}

/** The weights that a fully trained model began with: a layer, the head and the final norm at a time (training/reference-weights.ts). */
function referenceParts({ config: { text }, parameters, reference }: TrainingPlanInput): readonly PlanPart[] {
  if (!reference || parameters.kind !== 'full') return [];
  return [{ name: 'the reference’s weights, one layer’s and the head’s', bytes: 4 * (layerNumbers(text) + text.hiddenSize * text.vocabSize) }];
}

/** How many numbers are trained; of an adapter rank · (in + out) for each module. */
export function trainedNumbers(config: ModelConfig, parameters: PlannedParameters): number {
  if (parameters.kind === 'full') return [...expectedTensors(config)].reduce((sum, [name, shape]) => sum + (parameters.vision || !name.startsWith('visual.') ? count(shape) : 0), 0);
  const sizes = linearModules(config);
  return adaptedModules(parameters, config).reduce((sum, module) => sum + parameters.rank * (sizes.get(module) as readonly [number, number]).reduce((out, into) => out + into), 0);
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A group of rows of one length, which is the most that they can need; or the groups that go through the model together. */
function layoutOf({ config, promptTokens, completionTokens, group, prompts = 1 }: TrainingPlanInput): TokenLayout {
  const tokens = (length: number): readonly number[] => new Array<number>(length).fill(0);
  const groups = promptTokens > shortPrompt ? 1 : Math.min(prompts, Math.max(1, Math.floor(joinedTokens / (group * (promptTokens + completionTokens)))));
  // Their prompts may have but the first token in common.
  const [shared, own] = groups === 1 ? [promptTokens, completionTokens] : [1, promptTokens - 1 + completionTokens];
  const row = { ids: tokens(own), mask: Uint8Array.from({ length: own }, (_, i) => Number(i >= own - completionTokens)), images: [] };
  return layOut({ prompt: { ids: tokens(shared), images: [] }, rows: Array.from({ length: groups * group }, () => row) }, config);
}

function weightParts(input: TrainingPlanInput): readonly PlanPart[] {
  const { config, where, quantize, parameters } = input;
  const float: MatrixForm = { kind: 'float', type: floatsOf(input) };
  const vision = { name: 'vision weights', bytes: weightBytes(config, float, 'vision') };
  const { hiddenSize, vocabSize } = config.text;
  // One layer's matrices are brought to float32 at a time, or of the head's two pieces: what is multiplied, and what comes next.
  const brought = { name: 'weights in float32, one layer’s or the head’s', bytes: 4 * Math.max(layerNumbers(config.text), Math.min(hiddenSize * vocabSize, 2 * pieceNumbers)) };
  if (!quantize) {
    const copy = where === 'memory' && parameters.kind === 'lora' ? packedBytes(config) : 0;
    return [
      { name: 'base weights', bytes: weightBytes(config, float, 'text') },
      ...(copy > 0 ? [{ name: 'their copy for decoding', bytes: copy }] : []),
      vision,
      ...(float.type === 'float16' ? [brought] : []),
    ];
  }
  const packed = weightBytes(config, { kind: 'quantized', scheme: quantize, accuracy: 4 }, 'text');
  return [{ name: where === 'memory' ? 'base weights, the sampler’s and the trainer’s' : 'base weights', bytes: where === 'memory' ? 2 * packed : packed }, vision, brought];
}

/** Numbers of a layer's matrices. */
const layerNumbers = ({ hiddenSize, heads, kvHeads, headDim, intermediateSize }: ModelConfig['text']): number => hiddenSize * (2 * (heads + kvHeads) * headDim + 3 * intermediateSize);

/** Keys and values of a prompt that its group shares, and of the rows, and what comes out for each. */
function samplerParts({ config, where, promptTokens, completionTokens, slots }: TrainingPlanInput): readonly PlanPart[] {
  const { layers, kvHeads, headDim, vocabSize } = config.text;
  const perToken = 2 * layers * kvHeads * headDim * 4;
  return [
    // As a row and, its keys once more, as what the rows share.
    { name: 'prompt’s keys and values', bytes: 1.5 * promptTokens * perToken },
    // In their places, and as conversations that wait for a tool or for being learnt from.
    { name: 'completions’ keys and values', bytes: 2 * slots * ownCapacity(completionTokens) * perToken },
    // Of each token, for as long as the garbage collector has not come; the memory that the last pass had is not there for them (runtime/buffers.ts).
    { name: 'logits', bytes: 4 * 2 * slots * vocabSize + (where === 'memory' ? Math.min(mostUncollected, 4 * slots * vocabSize * completionTokens) : 0) },
  ];
}

function trainedParts({ parameters }: TrainingPlanInput, numbers: number): readonly PlanPart[] {
  return [
    // An adapter's values, and its B as the sampler has it, multiplied by the scale; whole weights are counted above.
    ...(parameters.kind === 'lora' ? [{ name: 'adapter', bytes: 4 * 1.5 * numbers }] : []),
    { name: 'gradients', bytes: 4 * 2 * numbers },
    { name: 'AdamW’s moments', bytes: 4 * 2 * numbers },
  ];
}

/** The layers whose activations are kept: the last ones, as far as they fit. */
const keptLayers = ({ config }: TrainingPlanInput, { length }: TokenLayout, budget: number): number => Math.min(config.text.layers, Math.floor(budget / keptBytes(config.text, length)));

/** What a pass holds between its programs. */
function passParts(input: TrainingPlanInput, layout: TokenLayout, kept: number, numbers: number): readonly PlanPart[] {
  const { text } = input.config;
  const activations = keptBytes(text, layout.length);
  const x = 4 * layout.length * text.hiddenSize;
  return [
    { name: 'inputs of the layers', bytes: (text.layers + 4) * x },
    { name: 'slopes of the logprobs', bytes: input.parameters.kind === 'lora' ? 4 * layout.trained.ids.length * text.hiddenSize : 0 },
    // A layer that keeps none computes them again on the way back, on which they go as gradients come.
    { name: 'activations that are kept', bytes: Math.max(activations, kept * activations - 4 * numbers) },
  ];
}
