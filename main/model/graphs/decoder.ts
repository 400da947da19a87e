import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, addDims, multiplyDims, symbol } from '../../onnx/dim.ts';
import { add, concat, gather, multiply, reduceSum, reshape, rmsNorm, softmax } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import type { ModelConfig } from '../folder/config.ts';
import { type AttentionPast, type NewKeysAndValues, rotary, sharedPrefixAttention } from './attention.ts';
import { type ParameterOptions, Parameters } from './parameters.ts';

type TextConfig = ModelConfig['text'];

/**
 * The text layers first ≤ i < end; after the last of them, where `head` is set, the final norm and the LM head.
 * With several prefixes each belongs to an equal block of rows; without one the tokens see only their rows' own past: the
 * start of a prompt.
 */
export type Segment = {
  readonly first: number;
  readonly end: number;
  readonly head: boolean;
  readonly prefixes: number;
  /** For decoding where caches stay on a device: each row's one new token is put among the row's own tokens, and these come out as inputs of the next run. */
  readonly writesOwn?: true;
};

/** A graph and the weights that it takes as inputs (named as in a checkpoint, layers counted from the segment's first). */
export type SegmentGraph = { readonly graph: Graph; readonly parameters: readonly string[] };

/**
 * A stretch of Qwen2.5's decoder as one graph, for any batch B (a block's rows, where there are several prefixes), new tokens
 * S, shared prefix P (others P.1, P.2, …), own past R and rank r.
 *
 * Inputs: `x` [B·S, hidden] (embeddings, or the output of the segment before), `cos`, `sin` [B·S, headDim/2], `mask`
 * [blocks, B, S, S + R] over [new | own], for each layer `own_keys.i`, `own_values.i` and of prefix k `prefix_keys.i.k`, `prefix_values.i.k` (see AttentionPast),
 * with a head also `logit_rows` [N]: which rows get logits. Outputs: `new_keys.i`, `new_values.i`, and with a head `logits`
 * [N, vocab] with what samplingAids adds, else `y` [B·S, hidden]. With `writesOwn` S is 1, `write_at` [1, B, R, 1] says
 * which place a row's new token takes, `written_keys.i`, `written_values.i` [kvHeads, B, R, headDim] have it there, and instead of
 * `new_keys.i`, `new_values.i` there is `new_keys_and_values`: all of them, layer by layer, [layers·2·kvHeads, B, 1, headDim].
 */
export function decoderSegment(text: TextConfig, segment: Segment, options: ParameterOptions): SegmentGraph {
  const g = new GraphBuilder('decoder');
  const parameters = new Parameters(g, options);
  const [S, R] = [segment.writesOwn ? 1 : symbol('S'), symbol('R')];
  const blocks = Math.max(1, segment.prefixes);
  const B = multiplyDims(blocks, symbol('B'));
  const rows = multiplyDims(B, S);
  const mask = reshape(g, g.input('mask', 'float32', [blocks, symbol('B'), S, addDims(S, R)]), [B, 1, S, addDims(S, R)]);
  const pasts = Array.from({ length: segment.end - segment.first }, (_, i): AttentionPast => ({
    ownKeys: g.input(`own_keys.${i}`, 'float32', [text.kvHeads, B, R, text.headDim]),
    ownValues: g.input(`own_values.${i}`, 'float32', [text.kvHeads, B, R, text.headDim]),
    prefixes: Array.from({ length: segment.prefixes }, (_prefix, k) => {
      const P = symbol(k === 0 ? 'P' : `P.${k}`);
      return { keys: g.input(`prefix_keys.${i}.${k}`, 'float32', [text.kvHeads, text.headDim, P]), values: g.input(`prefix_values.${i}.${k}`, 'float32', [text.kvHeads, P, text.headDim]) };
    }),
    block: symbol('B'),
    mask,
  }));
  const writeAt = segment.writesOwn && g.input('write_at', 'bool', [1, B, R, 1]);
  const cos = g.input('cos', 'float32', [rows, text.headDim / 2]);
  const sin = g.input('sin', 'float32', [rows, text.headDim / 2]);
  const stream = new ResidualStream(g, g.input('x', 'float32', [rows, text.hiddenSize]), text.rmsNormEps);
  const added = pasts.map((past, i) => decoderLayer(g, text, parameters, i, stream, past, { cos, sin }));
  for (const [i, { keys, values }] of added.entries()) {
    if (writeAt) {
      const { ownKeys, ownValues } = pasts[i] as AttentionPast;
      g.output(`written_keys.${i}`, g.op('Where', [writeAt, keys, ownKeys]));
      g.output(`written_values.${i}`, g.op('Where', [writeAt, values, ownValues]));
    } else {
      g.output(`new_keys.${i}`, keys);
      g.output(`new_values.${i}`, values);
    }
  }
  // One tensor, because a device is waited for with every one that is read back.
  if (writeAt) g.output('new_keys_and_values', concat(g, added.flatMap(({ keys, values }) => [keys, values]), 0));
  if (segment.head) {
    const normal = stream.normalise(parameters.vector('model.norm.weight', text.hiddenSize));
    const chosen = gather(g, normal, g.input('logit_rows', 'int64', [symbol('N')]));
    const logits = parameters.linear(chosen, 'lm_head', { inputs: text.hiddenSize, outputs: text.vocabSize, bias: false, adaptable: false });
    g.output('logits', logits);
    samplingAids(g, logits, text.vocabSize);
  } else {
    g.output('y', stream.sum());
  }
  return { graph: g.build(), parameters: parameters.names };
}

/** Tokens whose probabilities are summed into one, a divisor of the vocabulary: sampling looks at the sums first. */
export const massBlock = (vocabulary: number): number => [256, 128, 64, 32, 16].find((size) => vocabulary % size === 0) ?? vocabulary;

/**
 * What a sampler needs of whole rows of logits, computed where vectors are fast: `top_logit` and `top_probability`
 * [N, 1], and `masses` [N, vocab/block], the probabilities of blocks of neighbouring tokens, all at temperature 1.
 */
function samplingAids(g: GraphBuilder, logits: Value, vocabulary: number): void {
  const probabilities = softmax(g, logits);
  g.output('top_logit', g.op('ReduceMax', [logits, g.vector([1])], { keepdims: 1 }));
  g.output('top_probability', g.op('ReduceMax', [probabilities, g.vector([1])], { keepdims: 1 }));
  const block = massBlock(vocabulary);
  g.output('masses', reduceSum(g, reshape(g, probabilities, [logits.shape[0] as Dim, vocabulary / block, block]), [2], false));
}

function decoderLayer(
  g: GraphBuilder,
  text: TextConfig,
  parameters: Parameters,
  i: number,
  stream: ResidualStream,
  past: AttentionPast,
  { cos, sin }: { readonly cos: Value; readonly sin: Value },
): NewKeysAndValues {
  // Counted from the segment's first layer, so that one graph serves every segment.
  const layer = `model.layers.${i}`;
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = text;
  const linear = (x: Value, module: string, inputs: number, outputs: number, bias = false): Value =>
    parameters.linear(x, `${layer}.${module}`, { inputs, outputs, bias, adaptable: true });

  const h = stream.normalise(parameters.vector(`${layer}.input_layernorm.weight`, hiddenSize));
  const q = rotary(g, linear(h, 'self_attn.q_proj', hiddenSize, heads * headDim, true), cos, sin, heads);
  const k = rotary(g, linear(h, 'self_attn.k_proj', hiddenSize, kvHeads * headDim, true), cos, sin, kvHeads);
  const v = linear(h, 'self_attn.v_proj', hiddenSize, kvHeads * headDim, true);
  const { output, added } = sharedPrefixAttention(g, { q, k, v }, past, text);
  stream.add(linear(output, 'self_attn.o_proj', heads * headDim, hiddenSize));

  const m = stream.normalise(parameters.vector(`${layer}.post_attention_layernorm.weight`, hiddenSize));
  const gate = g.op('QuickGelu', [linear(m, 'mlp.gate_proj', hiddenSize, intermediateSize)], { alpha: 1 }); // x·σ(x)
  const up = linear(m, 'mlp.up_proj', hiddenSize, intermediateSize);
  stream.add(linear(multiply(g, gate, up), 'mlp.down_proj', intermediateSize, hiddenSize));
  return added;
}

/** The residual stream x [rows, hidden]: what a block adds waits until the next norm, which adds and normalises in one operator. */
class ResidualStream {
  readonly #g: GraphBuilder;
  readonly #epsilon: number;
  #value: Value;
  #waiting: Value | undefined;

  constructor(g: GraphBuilder, value: Value, epsilon: number) {
    this.#g = g;
    this.#value = value;
    this.#epsilon = epsilon;
  }

  add(update: Value): void {
    this.#value = this.sum();
    this.#waiting = update;
  }

  normalise(weight: Value): Value {
    if (!this.#waiting) return rmsNorm(this.#g, this.#value, weight, this.#epsilon);
    const inputs = [this.#value, this.#waiting, weight];
    const [normal, , , sum] = this.#g.node('SkipSimplifiedLayerNormalization', inputs, { epsilon: this.#epsilon }, 4);
    this.#value = sum as Value;
    this.#waiting = undefined;
    return normal as Value;
  }

  sum(): Value {
    return this.#waiting ? add(this.#g, this.#value, this.#waiting) : this.#value;
  }
}
