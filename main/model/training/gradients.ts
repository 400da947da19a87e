import { firstNonFinite } from '../../runtime/float-formats.ts';

/** Gradients of a loss by the names of the parameters. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** Adds gradients to sums, which are changed in place; one without a sum so far becomes it, as a copy. */
export function addAll(sums: Map<string, Float32Array>, gradients: Gradients): void {
  for (const [name, gradient] of gradients) {
    const sum = sums.get(name);
    if (!sum) sums.set(name, gradient.slice());
    else for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
  }
}

/** Adds up the gradients of the parts of a step. */
export class GradientSum {
  readonly #sums = new Map<string, Float32Array>();

  add(gradients: Gradients): void {
    addAll(this.#sums, gradients);
  }

  get total(): Gradients {
    return this.#sums;
  }
}

/** A number that is none, or has no end: the step must not be taken. */
export class NonFiniteError extends Error {
  /** `at`: the element; where that is not known, `value` is the sum of all squares. */
  constructor(what: string, at: number | undefined, value: number) {
    super(at === undefined ? `${what} has elements that are no numbers or too large: their squares add up to ${value}` : `${what} is ${value} at element ${at}`);
    this.name = 'NonFiniteError';
  }
}

/** @throws NonFiniteError that begins with `what`. */
export function assertFinite(what: string, values: Float32Array): void {
  const at = firstNonFinite(values);
  if (at >= 0) throw new NonFiniteError(what, at, values[at] as number);
}

/** @throws NonFiniteError naming the first parameter that has such a gradient. */
export function assertFiniteGradients(gradients: Gradients): void {
  for (const [name, gradient] of gradients) assertFinite(`the gradient of ${name}`, gradient);
}

/** √Σ of squares over all parameters. */
export function globalNorm(gradients: Gradients): number {
  let sum = 0;
  for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  return Math.sqrt(sum);
}

/** Scales the gradients in place to a norm of at most `maxNorm`; returns the norm before. */
export function clipByGlobalNorm(gradients: Gradients, maxNorm: number): number {
  const norm = globalNorm(gradients);
  const factor = maxNorm / (norm + 1e-6); // as PyTorch's clip_grad_norm_
  if (factor < 1) for (const gradient of gradients.values()) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
  return norm;
}
