import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/graph.ts';
import { pruned } from '../../onnx/prune.ts';
import type { ModelConfig } from '../folder/config.ts';
import type { SegmentGraph } from './decoder.ts';
import { Parameters } from './parameters.ts';
import { visionFeatures } from './vision.ts';

export type TrainVisionOptions = {
  /** In which the tower's matrices are given. */
  readonly type: 'float32' | 'float16';
  /** The linear layers whose adapters are trained; without them all weights are. */
  readonly adapted?: ReadonlySet<string>;
  /** Whether elements of the adapters' inputs are left out. */
  readonly dropout: boolean;
};

/** `masks`: inputs that say which elements of the adapters' inputs stay. */
export type TrainVisionGraph = SegmentGraph & { readonly masks: readonly Value[] };

/** The vision tower as it is trained. Inputs and output: the tower's. */
export function trainVisionForward(vision: ModelConfig['vision'], options: TrainVisionOptions): TrainVisionGraph {
  const { g, parameters, features } = tower('train vision forward', vision, options);
  g.output('features', features);
  return { graph: g.build(), parameters: parameters.names, masks: parameters.masks };
}

/**
 * The vision tower and its gradient. Inputs: the tower's, and `d_features` [U, text hidden size]. Outputs: `d.NAME` for each
 * matrix of the adapters (as the tower takes them: B with its scale); without adapters for each weight.
 */
export function trainVisionBackward(vision: ModelConfig['vision'], options: TrainVisionOptions): TrainVisionGraph & { readonly trained: readonly string[] } {
  const { g, parameters, features } = tower('train vision backward', vision, options);
  const gradient = g.input('d_features', 'float32', features.shape);
  const trained = parameters.names.filter((name) => !options.adapted || /\.lora_[AB]$/.test(name));
  for (const [i, found] of backward(g, [{ value: features, gradient }], trained.map((name) => g.value(name))).entries()) g.output(`d.${trained[i]}`, found as Value);
  const graph = pruned(g.build());
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return {
    graph: { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) },
    parameters: parameters.names.filter((name) => used.has(name)), masks: parameters.masks.filter(({ name }) => used.has(name)), trained,
  };
}

function tower(name: string, vision: ModelConfig['vision'], { type, adapted, dropout }: TrainVisionOptions): { readonly g: GraphBuilder; readonly parameters: Parameters; readonly features: Value } {
  const g = new GraphBuilder(name);
  const parameters = new Parameters(g, { form: { kind: 'float', type }, placement: { kind: 'inputs' }, lora: adapted !== undefined, exactProducts: true, dropout });
  return { g, parameters, features: visionFeatures(g, parameters, vision, { streamingAttention: false, ...(adapted && { adapted }) }) };
}
