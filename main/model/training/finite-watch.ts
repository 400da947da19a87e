import { GraphBuilder } from '../../onnx/builder.ts';
import { type Program, type Runtime, float32Output } from '../../runtime/session.ts';
import type { DeviceTensor, Tensor } from '../../runtime/tensor.ts';
import { NonFiniteError, assertFinite } from './gradients.ts';

type Seen = { readonly what: string; readonly squares: DeviceTensor };

/**
 * Looks at what goes from layer to layer for numbers that are none. In memory each is looked at; on a device their squares
 * are added up there, and the sums are fetched together at the end of a pass: every fetch waits for the device.
 */
export class FiniteWatch {
  readonly #runtime: Runtime;
  #read: Promise<Program> | undefined;
  #seen: Seen[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** `squares` [1]: their sum over the values, where those are on a device. @throws NonFiniteError that begins with `what`. */
  see(what: string, values: Tensor, squares: Tensor | undefined): void {
    if (values.kind === 'host') assertFinite(what, values.data as Float32Array);
    if (squares?.kind === 'device') this.#seen.push({ what, squares });
  }

  /** Waits for the device. @throws NonFiniteError that begins with the first `what` whose sum is no number. */
  async settle(): Promise<void> {
    if (this.#seen.length === 0) return;
    const program = await (this.#read ??= this.#compile());
    try {
      for (const { what, squares } of this.#seen) {
        const [sum] = float32Output(await program.run({ x: squares }), 'y').data as unknown as readonly [number];
        if (!Number.isFinite(sum)) throw new NonFiniteError(what, undefined, sum);
      }
    } finally {
      this.forget();
    }
  }

  /** After a pass that was not finished. */
  forget(): void {
    for (const { squares } of this.#seen.splice(0)) squares.release();
  }

  #compile(): Promise<Program> {
    const g = new GraphBuilder('a number from a device');
    g.output('y', g.input('x', 'float32', [1]));
    return this.#runtime.program(g.build());
  }
}
