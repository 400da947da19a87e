import { erf } from '../../onnx/gradients/erf.ts';
import { type Tensors, sizes } from './tiny-bert.ts';

type Vector = readonly number[];

/** The embedding of one sequence of token ids by the definition of BERT (Devlin et al. 2018), in double precision, one token at a time. */
export function referenceEmbedding(tensors: Tensors, ids: readonly number[]): Vector {
  const { hidden, layers, heads, epsilon } = sizes;
  const tensor = (name: string): Vector => [...(tensors.get(name)?.values ?? [])];
  const row = (name: string, i: number): Vector => tensor(name).slice(i * hidden, (i + 1) * hidden);
  const linear = (x: Vector, name: string): Vector => {
    const weight = tensor(`${name}.weight`);
    return tensor(`${name}.bias`).map((bias, i) => bias + dot(x, weight.slice(i * x.length, (i + 1) * x.length)));
  };
  const norm = (x: Vector, name: string): Vector => {
    const mean = sum(x) / x.length;
    const deviation = Math.sqrt(sum(x.map((each) => (each - mean) ** 2)) / x.length + epsilon);
    const bias = tensor(`${name}.bias`);
    return tensor(`${name}.weight`).map((weight, i) => (((x[i] as number) - mean) / deviation) * weight + (bias[i] as number));
  };
  const firstType = row('embeddings.token_type_embeddings.weight', 0);
  let tokens = ids.map((id, at) => norm(plus(plus(row('embeddings.word_embeddings.weight', id), row('embeddings.position_embeddings.weight', at)), firstType), 'embeddings.LayerNorm'));
  for (let i = 0; i < layers; i++) {
    const layer = `encoder.layer.${i}`;
    const [queries, keys, values] = ['query', 'key', 'value'].map((part) => tokens.map((x) => linear(x, `${layer}.attention.self.${part}`))) as [Vector[], Vector[], Vector[]];
    const width = hidden / heads;
    const mixed = queries.map((query) =>
      Array.from({ length: heads }, (_, h) => {
        const head = (x: Vector): Vector => x.slice(h * width, (h + 1) * width);
        const weights = keys.map((key) => Math.exp(dot(head(query), head(key)) / Math.sqrt(width)));
        return Array.from({ length: width }, (__, d) => dot(weights, values.map((value) => head(value)[d] as number)) / sum(weights));
      }).flat(),
    );
    const attended = tokens.map((x, t) => norm(plus(x, linear(mixed[t] as Vector, `${layer}.attention.output.dense`)), `${layer}.attention.output.LayerNorm`));
    tokens = attended.map((x) => {
      const wide = linear(x, `${layer}.intermediate.dense`).map((each) => 0.5 * each * (1 + erf(each / Math.SQRT2)));
      return norm(plus(x, linear(wide, `${layer}.output.dense`)), `${layer}.output.LayerNorm`);
    });
  }
  const pooled = Array.from({ length: hidden }, (_, d) => sum(tokens.map((x) => x[d] as number)) / tokens.length);
  return pooled.map((x) => x / Math.sqrt(dot(pooled, pooled)));
}

const sum = (x: Vector): number => x.reduce((a, b) => a + b, 0);
const dot = (a: Vector, b: Vector): number => a.reduce((total, x, i) => total + x * (b[i] as number), 0);
const plus = (a: Vector, b: Vector): Vector => a.map((x, i) => x + (b[i] as number));
