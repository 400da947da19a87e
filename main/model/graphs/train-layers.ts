import { backward } from '../../onnx/backward.ts';
import { GraphBuilder } from '../../onnx/builder.ts';
import { add, multiply, rmsNorm, slice } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import { pruned } from '../../onnx/prune.ts';
import type { ModelConfig } from '../folder/config.ts';
import { rotary } from './attention.ts';
import { type TokenTree, type TreeAttention, treeAttention, treeMasks, treeTail, treeTokens } from './train-attention.ts';
import { TrainParameters, type Trained } from './train-parameters.ts';

type TextConfig = ModelConfig['text'];

export type TrainLayersOptions = {
  /** Layers of the graph. */
  readonly layers: number;
  readonly tree: TokenTree;
  /** Whether the last layer is followed by the head, which looks at the tree's tail only; y is then that tail. */
  readonly tail: boolean;
  readonly trained: Trained;
};

/** A graph, and what it is fed besides its tokens, named as TrainParameters names it. */
export type TrainGraph = {
  readonly graph: Graph;
  readonly weights: readonly string[];
  readonly adapters: readonly string[];
  readonly dropoutMasks: readonly Value[];
};

/**
 * Some text layers over a tree of tokens, for training. Inputs: `x` [tokens, hidden], `cos`, `sin` [tokens, headDim/2],
 * the tree's masks (treeMasks), weights, adapters, `lora_scale` [] where there are any. Output: `y` [tokens, hidden],
 * or of the tail alone.
 */
export function trainForward(text: TextConfig, options: TrainLayersOptions): TrainGraph {
  const g = new GraphBuilder('train forward');
  const { blocks, parameters } = layers(g, text, options);
  g.output('y', (blocks.at(-1) as LayerBlock).y);
  return finished(g, parameters);
}

/**
 * The same layers once more, and their gradients. Further input: `dy`, as `y`. Outputs: `dx` where
 * `inputGradient` is set, and `d.NAME` for each trained parameter.
 */
export function trainBackward(text: TextConfig, options: TrainLayersOptions & { readonly inputGradient: boolean }): TrainGraph {
  const g = new GraphBuilder('train backward');
  const { blocks, parameters } = layers(g, text, options);
  const { y } = blocks.at(-1) as LayerBlock;
  let dy: Value | undefined = g.input('dy', y.type, y.shape);
  for (const [i, block] of [...blocks.entries()].toReversed()) {
    const gradients = layerBackward(g, block, dy as Value, i > 0 || options.inputGradient);
    for (const [parameter, gradient] of gradients.parameters) g.output(`d.${parameter.name}`, gradient);
    dy = gradients.x;
  }
  if (dy) g.output('dx', dy);
  return finished(g, parameters);
}

const finished = (g: GraphBuilder, parameters: TrainParameters): TrainGraph => {
  const names = (values: readonly Value[]): readonly string[] => values.map(({ name }) => name);
  return { graph: pruned(g.build()), weights: names(parameters.weights), adapters: names(parameters.adapters), dropoutMasks: parameters.masks };
};

/** The values of a layer between which its gradient is taken piece by piece. */
type LayerBlock = {
  /** What goes into the norm, and the same value on its way past attention. */
  readonly x: Value;
  readonly past: Value;
  readonly attention: TreeAttention;
  readonly y: Value;
  /** Trained parameters before attention, and after it. */
  readonly before: readonly Value[];
  readonly after: readonly Value[];
};

function layers(g: GraphBuilder, text: TextConfig, { layers: count, tree, tail, trained }: TrainLayersOptions): { readonly blocks: readonly LayerBlock[]; readonly parameters: TrainParameters } {
  const parameters = new TrainParameters(g, trained);
  const tokens = treeTokens(tree);
  const masks = treeMasks(g, tree);
  const cos = g.input('cos', 'float32', [tokens, text.headDim / 2]);
  const sin = g.input('sin', 'float32', [tokens, text.headDim / 2]);
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize } = text;
  const blocks: LayerBlock[] = [];
  let x = g.input('x', 'float32', [tokens, hiddenSize]);
  for (let i = 0; i < count; i++) {
    const linear = (input: Value, module: string, inputs: number, outputs: number, bias = false): Value => parameters.linear(input, i, module, { inputs, outputs, bias });
    const norm = (input: Value, name: string): Value => rmsNorm(g, input, parameters.vector(`model.layers.${i}.${name}.weight`, hiddenSize), text.rmsNormEps);
    const known = parameters.trained.length;
    const inTail = tail && i === count - 1;
    const asking = (value: Value): Value => (inTail ? slice(g, value, 0, treeTail(tree).start, tokens) : value);

    const past = g.op('Identity', [x]);
    const h = norm(x, 'input_layernorm');
    const q = rotary(g, linear(asking(h), 'self_attn.q_proj', hiddenSize, heads * headDim, true), asking(cos), asking(sin), heads);
    const k = rotary(g, linear(h, 'self_attn.k_proj', hiddenSize, kvHeads * headDim, true), cos, sin, kvHeads);
    const v = linear(h, 'self_attn.v_proj', hiddenSize, kvHeads * headDim, true);
    const attention = treeAttention(g, { tree, tail: inTail }, masks, { q, k, v }, text);
    const before = parameters.trained.slice(known);
    const attended = add(g, asking(past), linear(attention.output, 'self_attn.o_proj', heads * headDim, hiddenSize));

    const m = norm(attended, 'post_attention_layernorm');
    const gate = g.op('QuickGelu', [linear(m, 'mlp.gate_proj', hiddenSize, intermediateSize)], { alpha: 1 }); // x·σ(x)
    const up = linear(m, 'mlp.up_proj', hiddenSize, intermediateSize);
    const y = add(g, attended, linear(multiply(g, gate, up), 'mlp.down_proj', intermediateSize, hiddenSize));
    blocks.push({ x, past, attention, y, before, after: parameters.trained.slice(known + before.length) });
    x = y;
  }
  return { blocks, parameters };
}

type LayerGradients = { readonly x: Value | undefined; readonly parameters: readonly (readonly [Value, Value])[] };

/** From y down to the mixed values of attention by the gradient table, through attention by its own gradient, and on to x. */
function layerBackward(g: GraphBuilder, { x, past, attention, y, before, after }: LayerBlock, dy: Value, wantX: boolean): LayerGradients {
  const named = (parameters: readonly Value[], gradients: readonly (Value | undefined)[]) => parameters.map((parameter, i) => [parameter, gradients[i] as Value] as const);
  const [dPast, ...above] = backward(g, [{ value: y, gradient: dy }], [past, ...attention.mixed, ...after]);
  const seeds = attention.backward(above.slice(0, attention.mixed.length) as readonly Value[]);
  const [dx, ...below] = backward(g, seeds, [x, ...before]);
  return {
    x: wantX ? add(g, dPast as Value, dx as Value) : undefined, // what nothing uses, onnxruntime leaves out
    parameters: [...named(before, below), ...named(after, above.slice(attention.mixed.length))],
  };
}
