import { backward } from '../../onnx/backward.ts';
import type { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, multiplyDims } from '../../onnx/dim.ts';
import { add, concat, multiply, reshape, rmsNorm, split } from '../../onnx/expressions.ts';
import type { Value } from '../../onnx/graph.ts';
import type { ModelConfig } from '../folder/config.ts';
import type { Matrix, TrainParameters } from './train-parameters.ts';

/** What the MLP of a layer leaves for the way back. */
export type TrainMlp = {
  /** x + the MLP of its norm [tokens, hidden] */
  readonly y: Value;
  /** Activations that cost much to compute: of each part, what goes into the gate, and what it opens. */
  readonly wide: readonly Value[];
  /** From the gradient of y those of x and of the weights that are trained. */
  backward(dy: Value): { readonly x: Value; readonly trained: readonly Value[] };
};

/**
 * Whether the MLP takes so many tokens in parts: long batches whose activations have 8 MiB or more. With few tokens it would leave gaps in the
 * system's heaps that are as large (measured with six layers of 3B). Where whole weights are trained it never does: their gradients are as large.
 */
export const inParts = ({ intermediateSize }: ModelConfig['text'], tokens: number): boolean => tokens > 1024 && tokens * intermediateSize >= 2 ** 21;

export type MlpWeights = Readonly<Record<'gate' | 'up' | 'down', Matrix>> & { readonly norm: Value; readonly trained: readonly Value[] };

export function mlpWeights(parameters: TrainParameters, layer: number, { hiddenSize, intermediateSize }: ModelConfig['text']): MlpWeights {
  const known = parameters.trained.length;
  const norm = parameters.vector(`model.layers.${layer}.post_attention_layernorm.weight`, hiddenSize);
  const gate = parameters.matrix(layer, 'mlp.gate_proj', { inputs: hiddenSize, outputs: intermediateSize, bias: false });
  const up = parameters.matrix(layer, 'mlp.up_proj', { inputs: hiddenSize, outputs: intermediateSize, bias: false });
  const down = parameters.matrix(layer, 'mlp.down_proj', { inputs: intermediateSize, outputs: hiddenSize, bias: false });
  return { norm, gate, up, down, trained: parameters.trained.slice(known) };
}

/**
 * x + down(silu(gate(m))·up(m)) with m the norm of x [tokens, hidden]. With `parts`, numbers of tokens, stretches of x go
 * through one after another: its activations, several times as wide as x, are then there for one part at a time.
 */
export function trainMlp(g: GraphBuilder, x: Value, { norm, gate, up, down, trained }: MlpWeights, epsilon: number, parts?: readonly Dim[]): TrainMlp {
  const through = (part: Value, i: number) => {
    const m = rmsNorm(g, part, norm, epsilon);
    const gateInput = gate(m, i);
    const opened = g.op('QuickGelu', [gateInput], { alpha: 1 }); // x·σ(x)
    const upward = up(m, i);
    return { x: part, wide: [gateInput, upward], y: add(g, part, down(multiply(g, opened, upward), i)) };
  };
  const cut = (value: Value): readonly Value[] => (parts ? split(g, value, 0, parts) : [value]);
  const done = cut(x).map(through);
  return {
    y: concat(g, done.map(({ y }) => y), 0),
    wide: done.flatMap(({ wide }) => wide),
    backward: (dy) => {
      const slopes = cut(dy);
      const gradients = done.map((part, i) => {
        const own = backward(g, [{ value: part.y, gradient: slopes[i] as Value }], [part.x, ...trained]) as readonly Value[];
        return done.length === 1 ? own : together(g, own);
      });
      const of = (i: number): readonly Value[] => gradients.map((each) => each[i] as Value);
      return { x: concat(g, of(0), 0), trained: trained.map((_, i) => of(i + 1).reduce((a, b) => add(g, a, b))) };
    },
  };
}

/**
 * The values as cuts of one that needs them all. onnxruntime goes depth first from a graph's ends (main/onnx/arena.ts): it
 * would else make what one of them needs in every part before it comes to the others of the first.
 */
function together(g: GraphBuilder, values: readonly Value[]): readonly Value[] {
  const sizes = values.map(({ shape }) => multiplyDims(...shape));
  const all = concat(g, values.map((value, i) => reshape(g, value, [sizes[i] as Dim])), 0);
  return split(g, all, 0, sizes).map((part, i) => reshape(g, part, (values[i] as Value).shape));
}
