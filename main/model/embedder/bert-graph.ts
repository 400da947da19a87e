import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dim.ts';
import { add, affine, gather, matmul, reshape, scale, softmax, transpose, transposeMatrix } from '../../onnx/expressions.ts';
import type { Graph, Value } from '../../onnx/graph.ts';
import type { BertConfig } from './bert-config.ts';

export type BertGraph = {
  readonly graph: Graph;
  /** Weights to feed, by their names in the checkpoint, with their shapes. */
  readonly weights: ReadonlyMap<string, readonly number[]>;
};

/**
 * A BERT encoder with mean pooling for B texts of S tokens.
 * Inputs: `ids`, `positions` [B, S], `mask` [B, 1, 1, S] (0 for a token, −1e9 for padding), `share` [B, 1, S] (1 / length
 * for a token, 0 for padding), and the weights. Output: `pooled` [B, hidden], the mean of the last hidden states.
 */
export function bertGraph(config: BertConfig): BertGraph {
  const { hiddenSize, heads, layerNormEps } = config;
  const headDim = hiddenSize / heads;
  const g = new GraphBuilder('bert');
  const [B, S] = [symbol('B'), symbol('S')];
  const weights = new Map<string, readonly number[]>();
  const weight = (name: string, ...shape: readonly number[]): Value => {
    weights.set(name, shape);
    return g.input(name, 'float32', shape);
  };
  const linear = (x: Value, name: string, inputs: number, outputs: number): Value => affine(g, x, weight(`${name}.weight`, outputs, inputs), weight(`${name}.bias`, outputs));
  const norm = (x: Value, name: string): Value => g.op('LayerNormalization', [x, weight(`${name}.weight`, hiddenSize), weight(`${name}.bias`, hiddenSize)], { axis: -1, epsilon: layerNormEps });
  const byHead = (x: Value): Value => transpose(g, reshape(g, x, [B, S, heads, headDim]), [0, 2, 1, 3]);

  const words = gather(g, weight('embeddings.word_embeddings.weight', config.vocabSize, hiddenSize), g.input('ids', 'int64', [B, S]));
  const places = gather(g, weight('embeddings.position_embeddings.weight', config.maxPositions, hiddenSize), g.input('positions', 'int64', [B, S]));
  const firstType = gather(g, weight('embeddings.token_type_embeddings.weight', config.typeVocabSize, hiddenSize), g.constant('int64', [1], [0]));
  const mask = g.input('mask', 'float32', [B, 1, 1, S]);
  let h = norm(add(g, add(g, words, firstType), places), 'embeddings.LayerNorm');
  for (let i = 0; i < config.layers; i++) {
    const layer = `encoder.layer.${i}`;
    const [q, k, v] = ['query', 'key', 'value'].map((part) => byHead(linear(h, `${layer}.attention.self.${part}`, hiddenSize, hiddenSize))) as [Value, Value, Value];
    const scores = add(g, matmul(g, scale(g, q, headDim ** -0.5), transposeMatrix(g, k)), mask);
    const mixed = reshape(g, transpose(g, matmul(g, softmax(g, scores), v), [0, 2, 1, 3]), [B, S, hiddenSize]);
    h = norm(add(g, h, linear(mixed, `${layer}.attention.output.dense`, hiddenSize, hiddenSize)), `${layer}.attention.output.LayerNorm`);
    const wide = g.op('Gelu', [linear(h, `${layer}.intermediate.dense`, hiddenSize, config.intermediateSize)]);
    h = norm(add(g, h, linear(wide, `${layer}.output.dense`, config.intermediateSize, hiddenSize)), `${layer}.output.LayerNorm`);
  }
  const pooled = matmul(g, g.input('share', 'float32', [B, 1, S]), h);
  g.output('pooled', reshape(g, pooled, [B, hiddenSize]));
  return { graph: g.build(), weights };
}
