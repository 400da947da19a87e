import { ownCapacity } from '../generation/batch-cache.ts';
import { promptChunk } from '../generation/passages.ts';
import { type PlanPart, visionParts, weightBytes } from '../generation/plan.ts';
import { linearModules, loraModules } from '../model/folder/adapter.ts';
import type { ModelConfig } from '../model/folder/config.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { pieceNumbers } from '../model/graphs/base-matrix.ts';
import { decoderSegment } from '../model/graphs/decoder.ts';
import type { MatrixForm } from '../model/graphs/parameters.ts';
import { packedBytes } from '../model/packing.ts';
import { trainHeadBackward, trainHeadForward } from '../model/graphs/train-head.ts';
import { type TrainLayersOptions, keptBytes, trainBackward, trainForward } from '../model/graphs/train-layers.ts';
import { inParts } from '../model/graphs/train-mlp.ts';
import type { QuantizationScheme } from '../model/quantize/scheme.ts';
import { headChunk } from '../model/training/head.ts';
import { heldTogether } from '../model/training/layer-programs.ts';
import { adaptedModules } from '../model/training/lora.ts';
import { type TokenLayout, layOut } from '../model/training/token-layout.ts';
import { arenaBytes } from '../onnx/arena.ts';
import type { Bindings } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import { joinedTokens, shortPrompt } from './token-batches.ts';

/** What is trained: an adapter, or all weights. */
export type PlannedParameters =
  | { readonly kind: 'lora'; readonly rank: number; /** By another run, so that its rank stays. */ readonly begun?: boolean; readonly targetModules: readonly string[]; readonly excludeModules: readonly string[] }
  | { readonly kind: 'full'; readonly vision: boolean };

/** One step of training: a group that is written and learnt from. */
export type TrainingPlanInput = {
  readonly config: ModelConfig;
  readonly where: 'memory' | 'device';
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

export type TrainingPlan = {
  /** Where the parts lie: the process's memory, or the device's. */
  readonly where: 'memory' | 'device';
  readonly parts: readonly PlanPart[];
  readonly peakBytes: number;
  /** Numbers that are trained. */
  readonly parameters: number;
};

const mebibyte = 1024 ** 2;

/** Node with the worker's thread, onnxruntime, this program's code (measured on Linux, x64). */
const programBytes = 200 * mebibyte;

/** Beside the tensors of a graph an arena holds what operators need while they work (measured: 1.04 to 1.2). */
const workspace = 1.1;

/** How the base model's matrices are held, those of the decoder where they are not quantised. */
const floatsOf = ({ where, parameters, precision = 'float32' }: TrainingPlanInput): 'float32' | 'float16' => (where === 'device' && parameters.kind === 'lora' ? precision : 'float32');

const arena = (graph: Graph, bindings: Bindings): number => workspace * arenaBytes(graph, bindings);

/**
 * Predicts the memory of a training step from the model's config alone: weights, what is trained with its gradients and
 * moments, the sampler's caches, the activations that are kept, and what each program's arena holds after its run. All in bytes; the parts add up to the peak.
 */
export function planTraining(input: TrainingPlanInput): TrainingPlan {
  const { where, activationBytes = 512 * mebibyte } = input;
  const layout = layoutOf(input);
  const numbers = trainedNumbers(input.config, input.parameters);
  const parts = [
    ...(where === 'memory' ? [{ name: 'program and libraries', bytes: programBytes }] : []),
    ...weightParts(input),
    ...referenceParts(input),
    ...(input.imagePixels > 0 ? visionParts(input, floatsOf(input)).slice(1) : []),
    ...samplerParts(input),
    ...trainedParts(input, numbers),
    ...passParts(input, layout, activationBytes),
    ...programParts(input, layout, activationBytes),
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

/** Keys and values of a prompt that its group shares, and of the rows; the decoder's programs. */
function samplerParts(input: TrainingPlanInput): readonly PlanPart[] {
  const { config, quantize, promptTokens, completionTokens, slots, parameters } = input;
  const { layers, kvHeads, headDim, vocabSize } = config.text;
  const perToken = 2 * layers * kvHeads * headDim * 4;
  const capacity = ownCapacity(completionTokens);
  const segment = { first: 0, end: layers, head: true };
  const options = { form: quantize ? ({ kind: 'quantized', scheme: quantize, accuracy: 4 } as const) : ({ kind: 'float', type: floatsOf(input) } as const), placement: { kind: 'inputs' } as const, lora: parameters.kind === 'lora' };
  const ranks = parameters.kind === 'lora' ? rankBindings(config, parameters.rank) : {};
  const chunk = Math.min(promptChunk, promptTokens);
  const reading = arena(decoderSegment(config.text, { ...segment, prefixes: 0 }, options).graph, { ...ranks, B: 1, N: 1, S: chunk, R: Math.max(1, promptTokens - chunk) });
  const writing = arena(decoderSegment(config.text, { ...segment, prefixes: 1 }, options).graph, { ...ranks, B: slots, N: slots, S: 1, P: promptTokens, R: capacity });
  return [
    // As a row and, its keys once more, as what the rows share.
    { name: 'prompt’s keys and values', bytes: 1.5 * promptTokens * perToken },
    // In their places, and as conversations that wait for a tool or for being learnt from.
    { name: 'completions’ keys and values', bytes: 2 * slots * capacity * perToken },
    { name: 'sampler’s programs', bytes: reading + writing + 4 * 2 * slots * vocabSize },
  ];
}

const rankBindings = (config: ModelConfig, rank: number): Bindings =>
  Object.fromEntries(Array.from({ length: config.text.layers }, (_, i) => [...loraModules(config).keys()].map((module) => [`r.model.layers.${i}.${module}`, rank])).flat());

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
function passParts(input: TrainingPlanInput, layout: TokenLayout, budget: number): readonly PlanPart[] {
  const { text } = input.config;
  const x = 4 * layout.length * text.hiddenSize;
  return [
    { name: 'inputs of the layers', bytes: (text.layers + 4) * x },
    { name: 'slopes of the logprobs', bytes: input.parameters.kind === 'lora' ? 4 * layout.trained.ids.length * text.hiddenSize : 0 },
    { name: 'activations that are kept', bytes: keptLayers(input, layout, budget) * keptBytes(text, layout.length) },
  ];
}

function programParts(input: TrainingPlanInput, layout: TokenLayout, budget: number): readonly PlanPart[] {
  const { config, where, parameters, reference, otherShapes, programBytes: programs = 512 * mebibyte } = input;
  const { text } = config;
  const kept = keptLayers(input, layout, budget);
  const bindings: Bindings = { r: parameters.kind === 'lora' ? parameters.rank : 0, ...Object.fromEntries(layout.sizes.flatMap(({ batch, tokens }, i) => [[`B.${i}`, batch], [`S.${i}`, tokens]])) };
  const modules = [...loraModules(config).keys()];
  const merged = !input.quantize && floatsOf(input) === 'float32' && layout.length > text.hiddenSize;
  const options = (tail: boolean, keep: boolean, adapted = true): TrainLayersOptions =>
    ({ layers: 1, tree: layout.tree, tail, keep, parted: parameters.kind === 'lora' && inParts(text, layout.length), trained: parameters.kind === 'lora' ? { kind: 'lora', modules: [adapted ? modules : []], dropout: false, merged } : { kind: 'full' } });
  const forth = (tail: boolean, keep: boolean, adapted = true): number => arenaBytes(trainForward(text, options(tail, keep, adapted)).graph, bindings);
  const back = (tail: boolean, keep: boolean): number => arenaBytes(trainBackward(text, options(tail, keep)).graph, bindings);
  // The last layer is a program of its own, and so are layers whose activations are kept.
  const kinds = [[true, kept > 0, true], [false, true, kept > 1], [false, false, kept < text.layers && text.layers > 1]] as const;
  const needs = [
    ...kinds.flatMap(([tail, keep, there]) => (there ? [forth(tail, keep), back(tail, keep)] : [])),
    ...(reference && kept > 0 ? [forth(true, false, false)] : []),
    ...(reference && kept > 1 ? [forth(false, false, false)] : []),
  ];
  const layers = workspace * (where === 'memory' ? heldTogether(needs) : needs.reduce((sum, bytes) => sum + bytes, 0));
  const C = Math.min(layout.trained.ids.length, headChunk(text.vocabSize));
  const ofHead = { C, T: layout.length };
  const head = parameters.kind === 'full'
    ? arena(trainHeadForward(text), ofHead) + arena(trainHeadBackward(text, { entropy: false, weights: true }), ofHead)
    : arena(trainHeadForward(text, { slopes: true }), ofHead) + (reference ? arena(trainHeadForward(text), ofHead) : 0);
  return [
    { name: 'layers’ programs', bytes: layers },
    { name: 'head’s programs', bytes: head },
    ...(otherShapes ? [{ name: 'programs of groups of other shapes', bytes: Math.max(0, workspace * programs - layers) }] : []),
  ];
}
