import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dim.ts';
import { add, exponential, multiply, negate, reduceSum, rmsNorm } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import type { ModelConfig } from '../folder/config.ts';
import { type BaseForm, baseMatrix, product } from './base-matrix.ts';

type TextConfig = ModelConfig['text'];

/** The head's weights, as inputs of both graphs; the matrix as baseMatrix names it. */
export const headWeights = ['model.norm.weight', 'lm_head.weight'] as const;

const float32: BaseForm = { kind: 'float', type: 'float32' };

type Head = { readonly x: Value; readonly norm: Value; /** The matrix in pieces; where it is float32 there is one, the input. */ readonly weight: readonly Value[]; readonly logits: Value; readonly all: Value; readonly targets: Value; readonly logprobs: Value; readonly entropies: Value };

/** Final norm, LM head and log-softmax over some tokens. */
function head(g: GraphBuilder, text: TextConfig, form: BaseForm): Head {
  const C = symbol('C');
  const x = g.input('x', 'float32', [C, text.hiddenSize]);
  const targets = g.input('targets', 'int64', [C, 1]);
  const norm = g.input('model.norm.weight', 'float32', [text.hiddenSize]);
  const weight = baseMatrix(g, (...input) => g.input(...input), 'lm_head.weight', [text.vocabSize, text.hiddenSize], form);
  const logits = product(g, rmsNorm(g, x, norm, text.rmsNormEps), weight);
  const all = g.op('LogSoftmax', [logits], { axis: -1 });
  const entropies = negate(g, reduceSum(g, multiply(g, exponential(g, all), all), [-1]));
  return { x, norm, weight, logits, all, targets, logprobs: g.op('GatherElements', [all, targets], { axis: 1 }), entropies };
}

/** Inputs: `x` [C, hidden] behind the last layer, `targets` [C, 1]; outputs: `logprobs` and `entropies` (nats) [C, 1] of the token that comes next. */
export function trainHeadForward(text: TextConfig, form = float32): Graph {
  const g = new GraphBuilder('train head forward');
  const { logprobs, entropies } = head(g, text, form);
  g.output('logprobs', logprobs);
  g.output('entropies', entropies);
  return g.build();
}

/**
 * The head's gradient. Further inputs: `d_logprobs` and, with `entropy`, `d_entropies` [C, 1]. Outputs: `dx` [C, hidden],
 * and with `weights`, which are then float32, also `d.NAME` of both weights.
 */
export function trainHeadBackward(text: TextConfig, options: { readonly entropy: boolean; readonly weights: boolean; readonly form?: BaseForm }): Graph {
  const g = new GraphBuilder('train head backward');
  const { x, norm, weight, logits, all, targets, entropies } = head(g, text, options.form ?? float32);
  const dLogprobs = g.input('d_logprobs', 'float32', [symbol('C'), 1]);
  // d logprob / d logit = [target] − p and d entropy / d logit = −p·(ln p + entropy), p times a factor together.
  const factor = options.entropy ? add(g, dLogprobs, multiply(g, g.input('d_entropies', 'float32', [symbol('C'), 1]), add(g, all, entropies))) : dLogprobs;
  const spread = multiply(g, exponential(g, all), negate(g, factor));
  const dLogits = g.op('ScatterElements', [spread, targets, dLogprobs], { axis: 1, reduction: 'add' });
  const gradients = backward(g, [{ value: logits, gradient: dLogits }], [x, ...(options.weights ? [norm, ...weight] : [])]);
  g.output('dx', gradients[0] as Value);
  if (options.weights) for (const [i, name] of headWeights.entries()) g.output(`d.${name}`, gradients[i + 1] as Value);
  return g.build();
}
