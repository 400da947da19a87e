import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/graph.ts';
import { pruned } from '../../onnx/prune.ts';
import type { ModelConfig } from '../folder/config.ts';
import type { SegmentGraph } from './decoder.ts';
import { Parameters } from './parameters.ts';
import { visionFeatures } from './vision.ts';

/**
 * The vision tower and its gradient. Inputs: the tower's, and `d_features` [U, text hidden size]. Outputs: `d.NAME` for each
 * matrix of the adapters on these linear layers (as the tower takes them: B with its scale); without adapters for each weight.
 * The tower's matrices are given as `type`.
 */
export function trainVisionBackward(vision: ModelConfig['vision'], type: 'float32' | 'float16', adapted?: ReadonlySet<string>): SegmentGraph & { readonly trained: readonly string[] } {
  const g = new GraphBuilder('train vision backward');
  const parameters = new Parameters(g, { form: { kind: 'float', type }, placement: { kind: 'inputs' }, lora: adapted !== undefined, exactProducts: true });
  const features = visionFeatures(g, parameters, vision, { streamingAttention: false, ...(adapted && { adapted }) });
  const gradient = g.input('d_features', 'float32', features.shape);
  const trained = parameters.names.filter((name) => !adapted || /\.lora_[AB]$/.test(name));
  for (const [i, found] of backward(g, [{ value: features, gradient }], trained.map((name) => g.value(name))).entries()) g.output(`d.${trained[i]}`, found as Value);
  const graph = pruned(g.build());
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return { graph: { ...graph, inputs: graph.inputs.filter(({ name }) => used.has(name)) }, parameters: parameters.names.filter((name) => used.has(name)), trained };
}
