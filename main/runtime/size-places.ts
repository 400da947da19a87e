import type { Bindings, Dim } from '../onnx/dim.ts';
import { type Graph, GraphError } from '../onnx/graph.ts';
import type { Feeds } from './compiled.ts';
import type { Tensor } from './tensor.ts';

/** Where a run finds a size: the axis of an input that is just this size. */
type Place = { readonly input: string; readonly axis: number };
/** By the symbols of the sizes. */
export type SizePlaces = ReadonlyMap<string, Place>;

/** @throws GraphError for an output whose size no input tells. */
export function placesOfSizes({ name, inputs, outputs }: Graph): SizePlaces {
  const places = new Map<string, Place>();
  for (const { name: input, shape } of inputs) {
    for (const [axis, dim] of shape.entries()) {
      const symbol = onlySymbol(dim);
      if (symbol !== undefined && !places.has(symbol)) places.set(symbol, { input, axis });
    }
  }
  for (const output of outputs) {
    const missing = output.shape.flatMap(symbolsOf).find((symbol) => !places.has(symbol));
    if (missing !== undefined) throw new GraphError(output.name, `the size ${missing} of this output of ${name} is not that of any axis of an input`);
  }
  return places;
}

export const sizesIn = (places: SizePlaces, feeds: Feeds): Bindings => Object.fromEntries([...places].map(([symbol, { input, axis }]) => [symbol, (feeds[input] as Tensor).shape[axis] as number]));

const symbolsOf = (dim: Dim): readonly string[] => (typeof dim === 'number' ? [] : [...dim.terms.keys()].flatMap((product) => product.split('*')).filter((symbol) => symbol !== ''));

/** The symbol that a dimension is, where it is one and nothing else. */
function onlySymbol(dim: Dim): string | undefined {
  if (typeof dim === 'number' || dim.terms.size !== 1) return undefined;
  const [[product, factor]] = [...dim.terms] as [[string, number]];
  return factor === 1 && product !== '' && !product.includes('*') ? product : undefined;
}
