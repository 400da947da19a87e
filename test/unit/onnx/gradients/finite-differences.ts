import { backward } from '../../../../main/onnx/backward.ts';
import { GraphBuilder } from '../../../../main/onnx/builder.ts';
import { type Shape, shapeText } from '../../../../main/onnx/dim.ts';
import type { Value } from '../../../../main/onnx/graph.ts';
import type { Feeds } from '../../../../main/runtime/compiled.ts';
import type { Program } from '../../../../main/runtime/session.ts';
import type { HostTensor } from '../../../../main/runtime/tensor.ts';
import type { RandomInputs, Range } from '../random-inputs.ts';
import { runtime } from '../run-graph.ts';

/** A function whose gradient is checked. */
export type GradientCase = {
  /** Shapes of the inputs that are differentiated. */
  readonly shapes: readonly Shape[];
  readonly ranges?: readonly Range[];
  /** What else `build` declares as inputs: indices, conditions. */
  readonly feeds?: Feeds;
  readonly build: (g: GraphBuilder, x: readonly Value[]) => Value | readonly Value[];
  /** The function of each element in double precision, for an operator that onnxruntime has in float32 only. */
  readonly reference?: (x: number) => number;
  /** For a linear function that rounds: large, so that the rounding is small beside it. */
  readonly step?: number;
};

export type Comparison = { readonly title: string; readonly elements: number; readonly worst: number; readonly largest: number };

/**
 * Compares the gradient of L = Σ c·y, c random, with central differences of L, element by element, in float64.
 * `worst` is the largest difference relative to the input's largest gradient (or 1, if that is smaller); `largest` the
 * largest slope.
 */
export async function compareGradient(test: GradientCase, random: RandomInputs): Promise<Comparison> {
  const { step = 1e-5 } = test;
  const type = test.reference ? 'float32' : 'float64';
  const g = new GraphBuilder('gradient');
  const x = test.shapes.map((shape, i) => g.input(`x${i}`, type, shape));
  const built = test.build(g, x);
  const y = Array.isArray(built) ? (built as readonly Value[]) : [built as Value];
  const seeds = y.map((value, i) => ({ value, gradient: g.input(`c${i}`, type, value.shape) }));
  for (const [i, value] of y.entries()) g.output(`y${i}`, value);
  for (const [i, gradient] of backward(g, seeds, x).entries()) {
    if (!gradient) throw new Error(`input ${i} has no gradient`);
    g.output(`dx${i}`, gradient);
  }
  const program = await runtime.program(g.build());
  const make = (shape: Shape, range?: Range): HostTensor => (type === 'float32' ? random.float32(shape, range) : random.float64(shape, range));
  const inputs = test.shapes.map((shape, i) => make(shape, test.ranges?.[i]));
  const weights = y.map(({ shape }) => make(shape));
  const feeds: Feeds = { ...test.feeds, ...named('x', inputs), ...named('c', weights) };
  const loss = test.reference ? referenceLoss(test.reference, inputs, weights) : graphLoss(program, feeds, weights);

  const gradients = await program.run(feeds);
  let worst = 0;
  let largest = 0;
  let elements = 0;
  for (const [i, input] of inputs.entries()) {
    const found = gradients[`dx${i}`] as HostTensor;
    if (found.shape.join() !== input.shape.join()) throw new Error(`gradient ${i} has the shape [${found.shape.join()}] for [${input.shape.join()}]`);
    const gradient = numbers(found);
    const scale = Math.max(1, ...gradient.map(Math.abs));
    for (const [j, value] of numbers(input).entries()) {
      const at = async (moved: number): Promise<number> => loss(i, replaced(input, j, moved));
      const difference = ((await at(value + step)) - (await at(value - step))) / (2 * step);
      const error = Math.abs((gradient[j] as number) - difference) / scale;
      worst = Number.isFinite(error) ? Math.max(worst, error) : Infinity;
      largest = Math.max(largest, Math.abs(difference));
      elements += 1;
    }
  }
  return { title: test.shapes.map((shape) => `${shapeText(shape)} as [${random.sizes(shape).join()}]`).join(', '), elements, worst, largest };
}

type Loss = (input: number, data: Float64Array) => Promise<number> | number;

function graphLoss(program: Program, feeds: Feeds, weights: readonly HostTensor[]): Loss {
  return async (input, data) => {
    const given = feeds[`x${input}`] as HostTensor;
    const outputs = await program.run({ ...feeds, [`x${input}`]: { ...given, data } as HostTensor });
    return weights.reduce((sum, c, i) => sum + dot(numbers(c), numbers(outputs[`y${i}`] as HostTensor)), 0);
  };
}

function referenceLoss(reference: (x: number) => number, inputs: readonly HostTensor[], weights: readonly HostTensor[]): Loss {
  if (inputs.length !== 1) throw new Error('a reference is a function of one input');
  return (_, data) => dot(numbers(weights[0] as HostTensor), Array.from(data, reference));
}

const named = (letter: string, tensors: readonly HostTensor[]): Feeds => Object.fromEntries(tensors.map((tensor, i) => [`${letter}${i}`, tensor]));

const numbers = ({ data }: HostTensor): readonly number[] => Array.from(data as Float64Array);

const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);

function replaced({ data }: HostTensor, index: number, value: number): Float64Array {
  const copy = Float64Array.from(data as Float64Array);
  copy[index] = value;
  return copy;
}
