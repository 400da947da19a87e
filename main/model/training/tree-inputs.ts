import { GraphBuilder } from '../../onnx/builder.ts';
import { symbol } from '../../onnx/dim.ts';
import { type Program, type Runtime, deviceOutput } from '../../runtime/session.ts';
import { type Tensor, float32, int64 } from '../../runtime/tensor.ts';
import type { TokenLayout } from './token-layout.ts';

/** What every layer of a pass is fed alike: rotary tables and the masks of the tree's segments (treeMasks). */
export class TreeInputs {
  readonly #runtime: Runtime;
  readonly #onDevice: boolean;
  #copy: Promise<Program> | undefined;

  /** `onDevice`: they are brought there once for a pass, not with each layer. */
  constructor(runtime: Runtime, onDevice: boolean) {
    [this.#runtime, this.#onDevice] = [runtime, onDevice];
  }

  /** Those on a device are the caller's to release. */
  async of({ cos, sin, length, sizes, masks, tree }: TokenLayout): Promise<Readonly<Record<string, Tensor>>> {
    const inputs: Record<string, Tensor> = { cos: await this.#placed(length, cos), sin: await this.#placed(length, sin) };
    for (const [i, { batch, tokens }] of sizes.entries()) {
      inputs[`mask.${i}`] = await this.#placed(tokens, masks[i] as Float32Array);
      if (tree[i]?.batched) inputs[`rows.${i}`] = int64([batch], new Array<number>(batch).fill(0));
    }
    return inputs;
  }

  async #placed(rows: number, data: Float32Array): Promise<Tensor> {
    const tensor = float32([rows, data.length / rows], data);
    if (!this.#onDevice) return tensor;
    return deviceOutput(await (await (this.#copy ??= this.#compile())).run({ x: tensor }), 'y');
  }

  /** Of any size: each pass has others, and toDevice compiles one program for each shape. */
  #compile(): Promise<Program> {
    const g = new GraphBuilder('a table to a device');
    g.output('y', g.input('x', 'float32', [symbol('M'), symbol('N')]));
    return this.#runtime.program(g.build(), { onDevice: ['y'] });
  }
}
