import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { add, multiply, reduceSum, reshape, rmsNorm, slice } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import { fed, pruned } from '../../onnx/prune.ts';
import type { ModelConfig } from '../folder/config.ts';
import { rotary } from './attention.ts';
import type { BaseForm } from './base-matrix.ts';
import { type TokenTree, type TreeAttention, askingSizes, treeAttention, treeMasks, treeTail, treeTokens } from './train-attention.ts';
import { type TrainMlp, mlpWeights, trainMlp } from './train-mlp.ts';
import { type Matrix, TrainParameters, type Trained } from './train-parameters.ts';

type TextConfig = ModelConfig['text'];

export type TrainLayersOptions = {
  /** Layers of the graph. */
  readonly layers: number;
  readonly tree: TokenTree;
  /** Whether the last layer is followed by the head, which looks at the tree's tail only; y is then that tail. */
  readonly tail: boolean;
  readonly trained: Trained;
  /** float32 where left out. */
  readonly form?: BaseForm;
  /** Whether the MLP takes the tree's segments one after another: its wide activations are then there for one at a time. */
  readonly parted?: boolean;
  /** A further output `squares` [1], the sum of squares of `y` or `dx`: no number unless all of theirs are. */
  readonly watched?: boolean;
};

/** What a way forth gives: the output of its last layer, the activations that a way back takes, or both. */
export type ForwardOutputs = { readonly y: boolean; readonly activations: boolean };

/** A graph, and what it is fed besides its tokens, named as TrainParameters names it. */
export type TrainGraph = {
  readonly graph: Graph;
  readonly weights: readonly string[];
  readonly adapters: readonly string[];
  /** With its number among those of the whole layers, which fixes what it leaves out in each of their graphs. */
  readonly dropoutMasks: readonly { readonly mask: Value; readonly number: number }[];
  /** Parameters that have a gradient. */
  readonly trained: readonly string[];
  /** Outputs of the way forth, inputs of the way back, in the same order. */
  readonly kept: readonly string[];
};

/**
 * Some text layers over a tree of tokens, for training. Inputs: `x` [tokens, hidden], `cos`, `sin` [tokens, headDim/2],
 * the tree's masks (treeMasks), weights, adapters, `lora_scale` [] where there are any. Output: `y` [tokens, hidden],
 * or of the tail alone.
 */
export function trainForward(text: TextConfig, options: TrainLayersOptions, gives: ForwardOutputs): TrainGraph {
  const g = new GraphBuilder('train forward');
  const { blocks, parameters } = layers(g, text, options);
  const { y } = (blocks.at(-1) as LayerBlock).mlp;
  if (gives.y) {
    g.output('y', y);
    if (options.watched) g.output('squares', sumOfSquares(g, y));
  }
  const kept = gives.activations ? blocks.flatMap((block) => block.kept) : [];
  for (const [i, value] of kept.entries()) g.output(`kept.${i}`, value);
  return finished(pruned(g.build()), parameters, kept.map((_, i) => `kept.${i}`));
}

/**
 * The gradients of the same layers. Further inputs: the activations that the way forth gives (`kept`), of which only the cheap ones
 * are computed again, and `dy`, as `y`. Outputs: `dx` and `d.NAME` for each trained parameter.
 */
export function trainBackward(text: TextConfig, options: TrainLayersOptions): TrainGraph {
  const g = new GraphBuilder('train backward');
  const { blocks, parameters } = layers(g, text, options);
  const { y } = (blocks.at(-1) as LayerBlock).mlp;
  let dy = g.input('dy', y.type, y.shape);
  for (const block of blocks.toReversed()) {
    const gradients = layerBackward(g, block, dy);
    for (const [parameter, gradient] of gradients.parameters) g.output(`d.${parameter.name}`, gradient);
    dy = gradients.x;
  }
  g.output('dx', dy);
  if (options.watched) g.output('squares', sumOfSquares(g, dy));
  const kept = blocks.flatMap((block) => block.kept.map(({ name }) => name));
  return finished(fed(g.build(), kept), parameters, kept);
}

// A sum, because a maximum may pass over what is no number.
const sumOfSquares = (g: GraphBuilder, x: Value): Value => reshape(g, reduceSum(g, multiply(g, x, x), [0, 1]), [1]);

const finished = (graph: Graph, { weights, adapters, masks, trained }: TrainParameters, kept: readonly string[]): TrainGraph => {
  // What is given needs no weights.
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  const names = (values: readonly Value[]): readonly string[] => values.filter(({ name }) => used.has(name)).map(({ name }) => name);
  const inputs = graph.inputs.filter(({ name }) => used.has(name));
  return { graph: { ...graph, inputs }, weights: names(weights), adapters: names(adapters), dropoutMasks: masks.map((mask, number) => ({ mask, number })).filter(({ mask }) => used.has(mask.name)), trained: trained.map(({ name }) => name), kept };
};

/** The values of a layer between which its gradient is taken piece by piece. */
type LayerBlock = {
  /** What goes into the norm, and the same value on its way past attention. */
  readonly x: Value;
  readonly past: Value;
  readonly attention: TreeAttention;
  readonly attended: Value;
  readonly mlp: TrainMlp;
  /** Trained parameters before attention, between it and the MLP, and of that. */
  readonly before: readonly Value[];
  readonly between: readonly Value[];
  readonly after: readonly Value[];
  /** Activations that cost much to compute and little to keep. */
  readonly kept: readonly Value[];
};

function layers(g: GraphBuilder, text: TextConfig, { layers: count, tree, tail, trained, parted, form = { kind: 'float', type: 'float32' } }: TrainLayersOptions): { readonly blocks: readonly LayerBlock[]; readonly parameters: TrainParameters } {
  const parameters = new TrainParameters(g, trained, form);
  const tokens = treeTokens(tree);
  const masks = treeMasks(g, tree);
  const cos = g.input('cos', 'float32', [tokens, text.headDim / 2]);
  const sin = g.input('sin', 'float32', [tokens, text.headDim / 2]);
  const { hiddenSize, heads, kvHeads, headDim } = text;
  const blocks: LayerBlock[] = [];
  let x = g.input('x', 'float32', [tokens, hiddenSize]);
  for (let i = 0; i < count; i++) {
    // Before all that is computed: onnxruntime then makes what a product multiplies first, and brings the weights to float32 when they are needed (main/onnx/arena.ts).
    const matrix = (module: string, inputs: number, outputs: number, bias: boolean): Matrix => parameters.matrix(i, `self_attn.${module}`, { inputs, outputs, bias });
    const known = parameters.trained.length;
    const norm = parameters.vector(`model.layers.${i}.input_layernorm.weight`, hiddenSize);
    const [toQ, toK, toV] = [matrix('q_proj', hiddenSize, heads * headDim, true), matrix('k_proj', hiddenSize, kvHeads * headDim, true), matrix('v_proj', hiddenSize, kvHeads * headDim, true)];
    const before = parameters.trained.slice(known);
    const fromHeads = matrix('o_proj', heads * headDim, hiddenSize, false);
    const between = parameters.trained.slice(known + before.length);
    const weights = mlpWeights(parameters, i, text);

    const inTail = tail && i === count - 1;
    const asking = (value: Value): Value => (inTail ? slice(g, value, 0, treeTail(tree).start, tokens) : value);

    const past = g.op('Identity', [x]);
    const h = rmsNorm(g, x, norm, text.rmsNormEps);
    const q = rotary(g, toQ(asking(h)), asking(cos), asking(sin), heads);
    const k = rotary(g, toK(h), cos, sin, kvHeads);
    const v = toV(h);
    const attention = treeAttention(g, { tree, tail: inTail }, masks, { q, k, v }, text);
    const attended = add(g, asking(past), fromHeads(attention.output));

    const mlp = trainMlp(g, attended, weights, text.rmsNormEps, parted ? askingSizes(tree, inTail) : undefined);
    blocks.push({ x, past, attention, attended, mlp, before, between, after: weights.trained, kept: [q, k, v, ...attention.mixed, attended, ...mlp.wide] });
    x = mlp.y;
  }
  return { blocks, parameters };
}

/** Bytes of the activations that a layer keeps for so many tokens (LayerBlock.kept); a last layer's are fewer. */
export const keptBytes = ({ hiddenSize, heads, kvHeads, headDim, intermediateSize }: TextConfig, tokens: number): number =>
  4 * tokens * (2 * heads * headDim + 2 * kvHeads * headDim + hiddenSize + 2 * intermediateSize);

type LayerGradients = { readonly x: Value; readonly parameters: readonly (readonly [Value, Value])[] };

/** Through the MLP, down to the mixed values of attention by the gradient table, through attention by its own gradient, and on to x. */
function layerBackward(g: GraphBuilder, { x, past, attention, attended, mlp, before, between, after }: LayerBlock, dy: Value): LayerGradients {
  const named = (parameters: readonly Value[], gradients: readonly (Value | undefined)[]) => parameters.map((parameter, i) => [parameter, gradients[i] as Value] as const);
  const above = mlp.backward(dy);
  const [dPast, ...rest] = backward(g, [{ value: attended, gradient: above.x }], [past, ...attention.mixed, ...between]);
  const seeds = attention.backward(rest.slice(0, attention.mixed.length) as readonly Value[]);
  const [dx, ...below] = backward(g, seeds, [x, ...before]);
  return {
    x: add(g, dPast as Value, dx as Value),
    parameters: [...named(before, below), ...named(between, rest.slice(attention.mixed.length)), ...named(after, above.trained)],
  };
}
