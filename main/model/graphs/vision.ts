import { GraphBuilder } from '../../onnx/builder.ts';
import { type Dim, multiplyDims, symbol } from '../../onnx/dim.ts';
import { add, asMatrix, gather, matmul, multiply, reshape, rmsNorm, scale, softmax, split, transpose, transposeMatrix } from '../../onnx/expressions.ts';
import type { Value } from '../../onnx/graph.ts';
import { type ModelConfig, VISION_RMS_NORM_EPS } from '../folder/config.ts';
import { rotary } from './attention.ts';
import type { SegmentGraph } from './decoder.ts';
import { type ParameterOptions, Parameters } from './parameters.ts';

type VisionConfig = ModelConfig['vision'];

export type VisionOptions = ParameterOptions & {
  /** Whole-image attention by onnxruntime's streaming operator, which never holds all scores; else by products. */
  readonly streamingAttention: boolean;
  /** Linear layers with an adapter, where `lora` is on: "visual.blocks.0.attn.qkv". */
  readonly adapted?: ReadonlySet<string>;
};

/** How the rows of one image are cut into attention windows, padded to one length. */
type Windows = {
  /** Row of x for each place: [W, L]; any row where a window is shorter. */
  readonly slots: Value;
  /** 0 for a place in use, −1e9 for padding: [W, 1, 1, L]. */
  readonly slotMask: Value;
  /** Place of each row: [U, m²]. */
  readonly places: Value;
};

/**
 * Qwen2.5-VL's vision tower and patch merger for one image of U merged units, its patches in window order.
 *
 * Inputs: `pixels` [U·m², channels·temporal·patch²], `cos`, `sin` [U·m², headDim/2], `slots` [W, L], `slot_mask`
 * [W, 1, 1, L], `places` [U, m²]. Output: `features` [U, text hidden size], in window order.
 */
export function visionTower(vision: VisionConfig, options: VisionOptions): SegmentGraph {
  const g = new GraphBuilder('vision tower');
  const parameters = new Parameters(g, options);
  g.output('features', visionFeatures(g, parameters, vision, options));
  return { graph: g.build(), parameters: parameters.names };
}

/** Writes the tower and returns its features; inputs as above. */
export function visionFeatures(g: GraphBuilder, parameters: Parameters, vision: VisionConfig, { streamingAttention, adapted }: Pick<VisionOptions, 'streamingAttention' | 'adapted'>): Value {
  const unit = vision.mergeSize ** 2;
  const rows = multiplyDims(symbol('U'), unit);
  const { hiddenSize, heads, intermediateSize } = vision;
  const headDim = hiddenSize / heads;
  const patch = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  const [W, L] = [symbol('W'), symbol('L')];
  const windows = {
    slots: g.input('slots', 'int64', [W, L]),
    slotMask: g.input('slot_mask', 'float32', [W, 1, 1, L]),
    places: g.input('places', 'int64', [symbol('U'), unit]),
  };
  const cos = g.input('cos', 'float32', [rows, headDim / 2]);
  const sin = g.input('sin', 'float32', [rows, headDim / 2]);
  const linear = (x: Value, module: string, inputs: number, outputs: number, bias = true): Value =>
    parameters.linear(x, `visual.${module}`, { inputs, outputs, bias, adaptable: adapted?.has(`visual.${module}`) ?? false });
  const norm = (x: Value, module: string): Value => rmsNorm(g, x, parameters.vector(`visual.${module}.weight`, hiddenSize), VISION_RMS_NORM_EPS);

  let x = linear(g.input('pixels', 'float32', [rows, patch]), 'patch_embed.proj', patch, hiddenSize, false);
  for (let i = 0; i < vision.depth; i++) {
    const block = `blocks.${i}`;
    const qkv = linear(norm(x, `${block}.norm1`), `${block}.attn.qkv`, hiddenSize, 3 * hiddenSize);
    const [q, k, v] = split(g, qkv, -1, [hiddenSize, hiddenSize, hiddenSize]) as [Value, Value, Value];
    const turned = { q: rotary(g, q, cos, sin, heads), k: rotary(g, k, cos, sin, heads), v };
    const mixed = vision.fullAttentionBlocks.includes(i) ? fullAttention(g, turned, heads, streamingAttention) : windowAttention(g, turned, windows, heads);
    x = add(g, x, linear(mixed, `${block}.attn.proj`, hiddenSize, hiddenSize));
    const m = norm(x, `${block}.norm2`);
    const gate = g.op('QuickGelu', [linear(m, `${block}.mlp.gate_proj`, hiddenSize, intermediateSize)], { alpha: 1 });
    const up = linear(m, `${block}.mlp.up_proj`, hiddenSize, intermediateSize);
    x = add(g, x, linear(multiply(g, gate, up), `${block}.mlp.down_proj`, intermediateSize, hiddenSize));
  }
  const merged = reshape(g, norm(x, 'merger.ln_q'), [symbol('U'), unit * hiddenSize]);
  const wide = g.op('Gelu', [linear(merged, 'merger.mlp.0', unit * hiddenSize, unit * hiddenSize)]);
  return linear(wide, 'merger.mlp.2', unit * hiddenSize, vision.outHiddenSize);
}

type Heads = { readonly q: Value; readonly k: Value; readonly v: Value };

/** Every patch looks at every patch of its image. */
function fullAttention(g: GraphBuilder, { q, k, v }: Heads, heads: number, streaming: boolean): Value {
  const one = (x: Value): Value => reshape(g, x, [1, ...x.shape]);
  const batch = { q: one(q), k: one(k), v: one(v) };
  const mixed = streaming ? g.op('MultiHeadAttention', [batch.q, batch.k, batch.v], { num_heads: heads }) : attention(g, batch, heads);
  return reshape(g, mixed, q.shape);
}

/** Every patch looks at the patches of its window. */
function windowAttention(g: GraphBuilder, { q, k, v }: Heads, { slots, slotMask, places }: Windows, heads: number): Value {
  const inWindows = (x: Value): Value => gather(g, x, slots);
  const mixed = attention(g, { q: inWindows(q), k: inWindows(k), v: inWindows(v) }, heads, slotMask);
  return reshape(g, gather(g, asMatrix(g, mixed), places), q.shape);
}

/** softmax(q·kᵀ/√size + mask)·v within each of N sequences: [N, L, heads·size] → [N, L, heads·size]. */
function attention(g: GraphBuilder, { q, k, v }: Heads, heads: number, mask?: Value): Value {
  const [n, length, hiddenSize] = q.shape as [Dim, Dim, number];
  const headDim = hiddenSize / heads;
  const byHead = (x: Value): Value => transpose(g, reshape(g, x, [n, length, heads, headDim]), [0, 2, 1, 3]);
  const scores = matmul(g, scale(g, byHead(q), headDim ** -0.5), transposeMatrix(g, byHead(k)));
  const mixed = matmul(g, softmax(g, mask ? add(g, scores, mask) : scores), byHead(v));
  return reshape(g, transpose(g, mixed, [0, 2, 1, 3]), q.shape);
}
