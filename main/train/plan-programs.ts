import { ownCapacity } from '../generation/batch-cache.ts';
import { promptChunk } from '../generation/passages.ts';
import type { PlanPart } from '../generation/plan.ts';
import { loraModules } from '../model/folder/adapter.ts';
import type { ModelConfig } from '../model/folder/config.ts';
import { decoderSegment } from '../model/graphs/decoder.ts';
import { trainHeadBackward, trainHeadForward } from '../model/graphs/train-head.ts';
import { type ForwardOutputs, type TrainLayersOptions, trainBackward, trainForward } from '../model/graphs/train-layers.ts';
import { inParts } from '../model/graphs/train-mlp.ts';
import { headChunk } from '../model/training/head.ts';
import { nodeBytes } from '../model/training/layer-programs.ts';
import type { TokenLayout } from '../model/training/token-layout.ts';
import { type ArenaRun, arenaBytes } from '../onnx/arena.ts';
import type { Bindings } from '../onnx/dim.ts';
import type { Graph } from '../onnx/graph.ts';
import type { TrainingPlanInput } from './plan-training.ts';

/** Beside the tensors of a graph an arena holds what operators need while they work (measured: 1.04 to 1.2). */
const workspace = 1.1;

/** How the base model's matrices are held, those of the decoder where they are not quantised. */
export const floatsOf = ({ where, parameters, precision = 'float32' }: TrainingPlanInput): 'float32' | 'float16' => (where === 'device' && parameters.kind === 'lora' ? precision : 'float32');

/**
 * Bytes of the programs of a step: their tensors while they run, and what is compiled. `kept` is how many layers keep their activations.
 * Most providers run all in one memory.
 */
export function programParts(input: TrainingPlanInput, layout: TokenLayout, kept: number): readonly PlanPart[] {
  const programs = { sampler: samplerRuns(input), layers: layerRuns(input, layout, kept), head: headRuns(input, layout) };
  const all = Object.values(programs).flat();
  const apart = (runs: readonly ArenaRun[]): number => workspace * runs.reduce((sum, run) => sum + arenaBytes([run]), 0);
  const tensors = input.apart
    ? [{ name: 'sampler’s programs', bytes: apart(programs.sampler) }, { name: 'layers’ programs', bytes: apart(programs.layers) }, { name: 'head’s programs', bytes: apart(programs.head) }]
    : [{ name: 'tensors of programs', bytes: workspace * arenaBytes(all) }];
  if (input.where === 'device' && !input.apart) return tensors;
  // In memory a program of another shape holds what is compiled, on a device its tensors.
  const compiled = { name: 'compiled programs', bytes: nodeBytes * all.reduce((sum, { graph }) => sum + graph.nodes.length, 0) };
  const { otherShapes, programBytes = 256 * 1024 ** 2 } = input;
  const others = otherShapes ? [{ name: 'programs of groups of other shapes', bytes: Math.max(0, programBytes - (input.apart ? apart(programs.layers) : compiled.bytes)) }] : [];
  return [...tensors, ...(input.where === 'memory' ? [compiled] : []), ...others];
}

/** Graphs of a model's shape. What fits is looked for among many sizes, for which few graphs serve. */
const graphs = new WeakMap<ModelConfig, Map<string, Graph>>();
const mostGraphs = 64;

/** The graph that `write` writes, which the model's shape and `key` determine. */
function graphOf(config: ModelConfig, key: unknown, write: () => Graph): Graph {
  const known = graphs.get(config) ?? new Map<string, Graph>();
  const name = JSON.stringify(key);
  const graph = known.get(name) ?? write();
  known.delete(name);
  known.set(name, graph);
  for (const oldest of known.keys()) if (known.size > mostGraphs) known.delete(oldest);
  graphs.set(config, known);
  return graph;
}

/** A prompt that is read, and a token of each row that is written. */
function samplerRuns(input: TrainingPlanInput): readonly ArenaRun[] {
  const { config, quantize, promptTokens, completionTokens, slots, parameters } = input;
  const { text } = config;
  const form = quantize ? ({ kind: 'quantized', scheme: quantize, accuracy: 4 } as const) : ({ kind: 'float', type: floatsOf(input) } as const);
  const options = { form, placement: { kind: 'inputs' }, lora: parameters.kind === 'lora' } as const;
  const ranks = parameters.kind === 'lora' ? rankBindings(config, parameters.rank) : {};
  const chunk = Math.min(promptChunk, promptTokens);
  const decoder = (prefixes: number): Graph => graphOf(config, ['decoder', prefixes, options], () => decoderSegment(text, { first: 0, end: text.layers, head: true, prefixes }, options).graph);
  return [
    { graph: decoder(0), bindings: { ...ranks, B: 1, N: 1, S: chunk, R: Math.max(1, promptTokens - chunk) } },
    { graph: decoder(1), bindings: { ...ranks, B: slots, N: slots, S: 1, P: promptTokens, R: ownCapacity(completionTokens) } },
  ];
}

const rankBindings = (config: ModelConfig, rank: number): Bindings =>
  Object.fromEntries(Array.from({ length: config.text.layers }, (_, i) => [...loraModules(config).keys()].map((module) => [`r.model.layers.${i}.${module}`, rank])).flat());

/** In the order of a step: the reference, the way forth, the way back. The last layer is a program of its own, and so are layers that keep their activations. */
function layerRuns(input: TrainingPlanInput, layout: TokenLayout, kept: number): readonly ArenaRun[] {
  const { config: { text }, parameters, reference } = input;
  const modules = [...loraModules(input.config).keys()];
  const merged = !input.quantize && floatsOf(input) === 'float32' && layout.length > text.hiddenSize;
  const bindings: Bindings = { r: parameters.kind === 'lora' ? parameters.rank : 0, ...Object.fromEntries(layout.sizes.flatMap(({ batch, tokens }, i) => [[`B.${i}`, batch], [`S.${i}`, tokens]])) };
  const options = (tail: boolean, adapted: boolean): TrainLayersOptions =>
    ({ layers: 1, tree: layout.tree, tail, parted: parameters.kind === 'lora' && inParts(text, layout.length), trained: parameters.kind === 'lora' ? { kind: 'lora', modules: [adapted ? modules : []], dropout: false, merged } : { kind: 'full' } });
  const forth = (tail: boolean, gives: ForwardOutputs, adapted = true): ArenaRun =>
    ({ graph: graphOf(input.config, [options(tail, adapted), gives], () => trainForward(text, options(tail, adapted), gives).graph), bindings });
  const back = (tail: boolean): ArenaRun => ({ graph: graphOf(input.config, [options(tail, true)], () => trainBackward(text, options(tail, true)).graph), bindings });
  const [output, both, activations] = [{ y: true, activations: false }, { y: true, activations: true }, { y: false, activations: true }];
  const [keepsLast, keepsOther, someKeepNone] = [kept > 0, kept > 1, kept < text.layers && text.layers > 1];
  return [
    ...(reference && keepsOther ? [forth(false, output, false)] : []),
    ...(reference && keepsLast ? [forth(true, output, false)] : []),
    ...(someKeepNone ? [forth(false, output)] : []),
    ...(keepsOther ? [forth(false, both)] : []),
    forth(true, keepsLast ? both : output),
    ...(keepsLast ? [] : [forth(true, activations)]),
    back(true),
    ...(text.layers > 1 ? [back(false)] : []),
    ...(someKeepNone ? [forth(false, activations)] : []),
  ];
}

function headRuns({ config: { text }, parameters, reference }: TrainingPlanInput, layout: TokenLayout): readonly ArenaRun[] {
  const bindings = { C: Math.min(layout.trained.ids.length, headChunk(text.vocabSize)), T: layout.length };
  const graphs = parameters.kind === 'full'
    ? [trainHeadForward(text), trainHeadBackward(text, { entropy: false, weights: true })]
    : [...(reference ? [trainHeadForward(text)] : []), trainHeadForward(text, { slopes: true })];
  return graphs.map((graph) => ({ graph, bindings }));
}
