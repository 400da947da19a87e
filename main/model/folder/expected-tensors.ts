import type { ModelConfig, TextConfig, VisionConfig } from './config.ts';

/**
 * Every tensor that a config implies: canonical name → shape, in the order of the forward pass.
 * Canonical names are those of the released checkpoints. Linear layers are [out, in], as PyTorch stores them.
 */
export function expectedTensors(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  return new Map([...textTensors(config.text), ...visionTensors(config.vision)]);
}

export type ParameterCount = { readonly text: number; readonly vision: number; readonly total: number };

/** Parameters that the weights hold; a tied head is counted once, with the text model. */
export function parameterCount(config: ModelConfig): ParameterCount {
  const [text, vision] = [elements(textTensors(config.text)), elements(visionTensors(config.vision))];
  return { text, vision, total: text + vision };
}

type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

function textTensors(text: TextConfig): Shapes {
  const { hiddenSize, intermediateSize, vocabSize } = text;
  const queryWidth = text.heads * text.headDim;
  const keyWidth = text.kvHeads * text.headDim;
  const layer: Shapes = [
    ['input_layernorm.weight', [hiddenSize]],
    ['self_attn.q_proj.weight', [queryWidth, hiddenSize]],
    ['self_attn.q_proj.bias', [queryWidth]],
    ['self_attn.k_proj.weight', [keyWidth, hiddenSize]],
    ['self_attn.k_proj.bias', [keyWidth]],
    ['self_attn.v_proj.weight', [keyWidth, hiddenSize]],
    ['self_attn.v_proj.bias', [keyWidth]],
    ['self_attn.o_proj.weight', [hiddenSize, queryWidth]],
    ['post_attention_layernorm.weight', [hiddenSize]],
    ['mlp.gate_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.up_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.down_proj.weight', [hiddenSize, intermediateSize]],
  ];
  return [
    ['model.embed_tokens.weight', [vocabSize, hiddenSize]],
    ...repeated('model.layers', text.layers, layer),
    ['model.norm.weight', [hiddenSize]],
    ...(text.tiedHead ? [] : ([['lm_head.weight', [vocabSize, hiddenSize]]] as const)),
  ];
}

function visionTensors(vision: VisionConfig): Shapes {
  const { hiddenSize, intermediateSize } = vision;
  const merged = hiddenSize * vision.mergeSize ** 2;
  const block: Shapes = [
    ['norm1.weight', [hiddenSize]],
    ['attn.qkv.weight', [3 * hiddenSize, hiddenSize]],
    ['attn.qkv.bias', [3 * hiddenSize]],
    ['attn.proj.weight', [hiddenSize, hiddenSize]],
    ['attn.proj.bias', [hiddenSize]],
    ['norm2.weight', [hiddenSize]],
    ['mlp.gate_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.gate_proj.bias', [intermediateSize]],
    ['mlp.up_proj.weight', [intermediateSize, hiddenSize]],
    ['mlp.up_proj.bias', [intermediateSize]],
    ['mlp.down_proj.weight', [hiddenSize, intermediateSize]],
    ['mlp.down_proj.bias', [hiddenSize]],
  ];
  return [
    ['visual.patch_embed.proj.weight', [hiddenSize, vision.channels, vision.temporalPatchSize, vision.patchSize, vision.patchSize]],
    ...repeated('visual.blocks', vision.depth, block),
    ['visual.merger.ln_q.weight', [hiddenSize]],
    ['visual.merger.mlp.0.weight', [merged, merged]],
    ['visual.merger.mlp.0.bias', [merged]],
    ['visual.merger.mlp.2.weight', [vision.outHiddenSize, merged]],
    ['visual.merger.mlp.2.bias', [vision.outHiddenSize]],
  ];
}

function repeated(prefix: string, times: number, shapes: Shapes): Shapes {
  return Array.from({ length: times }, (_, i) => shapes.map(([name, shape]) => [`${prefix}.${i}.${name}`, shape] as const)).flat();
}

function elements(shapes: Shapes): number {
  return shapes.reduce((total, [, shape]) => total + shape.reduce((product, size) => product * size, 1), 0);
}
