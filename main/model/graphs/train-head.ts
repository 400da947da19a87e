import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dim.ts';
import { add, expand, exponential, gather, multiply, negate, reduceSum, rmsNorm, scale, subtract } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import type { ModelConfig } from '../folder/config.ts';
import { type BaseForm, type BaseMatrix, baseMatrix, pieceNumbers, product, productGradient } from './base-matrix.ts';

type TextConfig = ModelConfig['text'];

/** The head's weights, as inputs of both graphs; the matrix as baseMatrix names it. */
export const headWeights = ['model.norm.weight', 'lm_head.weight'] as const;

export type HeadOptions = {
  /** Of the matrix; float32 where left out. */
  readonly form?: BaseForm;
  /** Off: log-softmax by operators that every provider has. */
  readonly logSoftmax?: boolean;
  /** What logits are divided by; 1 where left out. */
  readonly temperature?: number;
};

type Head = { readonly x: Value; readonly norm: Value; readonly h: Value; readonly matrix: BaseMatrix; readonly logits: Value; readonly all: Value; readonly targets: Value; readonly logprobs: Value; readonly entropies: Value };

/** Final norm, LM head and log-softmax over some tokens. */
function head(g: GraphBuilder, text: TextConfig, { form = { kind: 'float', type: 'float32' }, logSoftmax = true, temperature = 1 }: HeadOptions): Head {
  const C = symbol('C');
  const all = g.input('x', 'float32', [symbol('T'), text.hiddenSize]);
  const x = gather(g, all, g.input('sources', 'int64', [C]));
  const targets = g.input('targets', 'int64', [C, 1]);
  const norm = g.input('model.norm.weight', 'float32', [text.hiddenSize]);
  const matrix = baseMatrix(g, (...input) => g.input(...input), 'lm_head.weight', [text.vocabSize, text.hiddenSize], form);
  const normed = rmsNorm(g, x, norm, text.rmsNormEps);
  const h = temperature === 1 ? normed : scale(g, normed, 1 / temperature);
  const logits = product(g, h, matrix.pieces());
  const logProbabilities = logSoftmax ? g.op('LogSoftmax', [logits], { axis: -1 }) : logSoftmaxOf(g, logits);
  const entropies = negate(g, reduceSum(g, multiply(g, exponential(g, logProbabilities), logProbabilities), [-1]));
  return { x, norm, h, matrix, logits, all: logProbabilities, targets, logprobs: g.op('GatherElements', [logProbabilities, targets], { axis: 1 }), entropies };
}

function logSoftmaxOf(g: GraphBuilder, logits: Value): Value {
  const shifted = subtract(g, logits, g.op('ReduceMax', [logits, g.vector([1])], { keepdims: 1 }));
  return subtract(g, shifted, g.op('Log', [reduceSum(g, exponential(g, shifted), [-1])]));
}

/**
 * Inputs: `x` [T, hidden] behind the last layer, `sources` [C], the rows of it that count, `targets` [C, 1]; outputs:
 * `logprobs` and `entropies` (nats) [C, 1] of the token that comes next. With `slopes` also that output, the gradient of
 * each logprob by its row [C, hidden]: what a loss of the logprobs has to be multiplied with, so that the way back, which
 * knows the loss, needs neither logits nor head.
 */
export function trainHeadForward(text: TextConfig, { slopes = false, ...options }: HeadOptions & { readonly slopes?: boolean } = {}): Graph {
  const g = new GraphBuilder('train head forward');
  const made = head(g, text, options);
  g.output('logprobs', made.logprobs);
  g.output('entropies', made.entropies);
  if (slopes) {
    const one = expand(g, g.scalar('float32', 1), [symbol('C'), 1]);
    g.output('slopes', throughMatrix(g, made, logitGradient(g, made, one, one)));
  }
  return g.build();
}

/**
 * The head's gradient. Further inputs: `d_logprobs` and, with `entropy`, `d_entropies` [C, 1]. Outputs: `dx` [C, hidden]
 * of the rows that count, and with `weights`, which are then float32, also `d.NAME` of both weights.
 */
export function trainHeadBackward(text: TextConfig, options: HeadOptions & { readonly entropy: boolean; readonly weights: boolean }): Graph {
  const g = new GraphBuilder('train head backward');
  const made = head(g, text, options);
  const { x, norm, matrix, logits, all, entropies } = made;
  const dLogprobs = g.input('d_logprobs', 'float32', [symbol('C'), 1]);
  // d entropy / d logit = −p·(ln p + entropy), beside d logprob / d logit: p times a factor together.
  const factor = options.entropy ? add(g, dLogprobs, multiply(g, g.input('d_entropies', 'float32', [symbol('C'), 1]), add(g, all, entropies))) : dLogprobs;
  const dLogits = logitGradient(g, made, dLogprobs, factor);
  if (options.weights) {
    const gradients = backward(g, [{ value: logits, gradient: dLogits }], [x, norm, ...matrix.pieces()]);
    for (const [i, name] of ['dx', ...headWeights.map((weight) => `d.${weight}`)].entries()) g.output(name, gradients[i] as Value);
    return g.build();
  }
  g.output('dx', throughMatrix(g, made, dLogits));
  return g.build();
}

/** d logprob / d logit = [target] − p, each times a factor: [C, 1], that of p also [C, V]. */
function logitGradient(g: GraphBuilder, { all, targets }: Head, ofTarget: Value, ofAll: Value): Value {
  const spread = multiply(g, exponential(g, all), negate(g, ofAll));
  return g.op('ScatterElements', [spread, targets, ofTarget], { axis: 1, reduction: 'add' });
}

/** From the logits' gradient to that of the rows that count. */
function throughMatrix(g: GraphBuilder, { x, h, matrix }: Head, dLogits: Value): Value {
  // In pieces of another size than on the way forth: onnxruntime would make equal ones once, and hold the whole matrix as
  // float32 between both products.
  const dh = productGradient(g, dLogits, matrix.pieces(pieceNumbers / 2));
  return backward(g, [{ value: h, gradient: dh }], [x])[0] as Value;
}
