import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import type { Value } from '../../onnx/graph.ts';
import type { ModelConfig } from '../folder/config.ts';
import type { SegmentGraph } from './decoder.ts';
import { Parameters } from './parameters.ts';
import { visionFeatures } from './vision.ts';

/** The vision tower and its gradient. Inputs: the tower's, and `d_features` [U, text hidden size]. Outputs: `d.NAME` for each weight. */
export function trainVisionBackward(vision: ModelConfig['vision']): SegmentGraph {
  const g = new GraphBuilder('train vision backward');
  const parameters = new Parameters(g, { form: { kind: 'float', type: 'float32' }, placement: { kind: 'inputs' }, lora: false });
  const features = visionFeatures(g, parameters, vision, false);
  const gradient = g.input('d_features', 'float32', features.shape);
  const weights = parameters.names.map((name) => g.value(name));
  for (const [i, found] of backward(g, [{ value: features, gradient }], weights).entries()) g.output(`d.${parameters.names[i]}`, found as Value);
  return { graph: g.build(), parameters: parameters.names };
}
