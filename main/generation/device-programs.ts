import { type Dim, symbol } from '../onnx/dim.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import { gather } from '../onnx/expressions.ts';
import type { Feeds } from '../runtime/compiled.ts';
import { type Runtime, deviceOutput } from '../runtime/session.ts';
import { type DeviceTensor, type HostTensor, type Tensor, hostTensor, int64 } from '../runtime/tensor.ts';

/** What is done to keys and values on a device. Sizes are symbols, so that each of these is compiled once. */
export type DevicePrograms = {
  /** A tensor of three axes from the process's memory. */
  readonly copy: (x: Tensor) => Promise<DeviceTensor>;
  /** x [kvHeads, B, R, headDim] with these of its rows and places, in this order, each as often as it is named. */
  readonly rearrange: (x: Tensor, rows: readonly number[], places: readonly number[]) => Promise<DeviceTensor>;
  /** x [kvHeads, B, R, headDim] with `row` [kvHeads, 1, R, headDim] in place of row b. */
  readonly replaceRow: (x: DeviceTensor, b: number, row: HostTensor<'float32'>) => Promise<DeviceTensor>;
};

export async function devicePrograms(runtime: Runtime): Promise<DevicePrograms> {
  const [copy, rearrange, replaceRow] = [await compiled(runtime, copyGraph), await compiled(runtime, rearrangeGraph), await compiled(runtime, replaceRowGraph)];
  return {
    copy: (x) => copy({ x }),
    rearrange: (x, rows, places) => rearrange({ x, rows: int64([rows.length], rows), places: int64([places.length], places) }),
    replaceRow: (x, b, row) => {
      const rows = x.shape[1] as number;
      return replaceRow({ x, row, chosen: hostTensor('bool', [1, rows, 1, 1], Uint8Array.from({ length: rows }, (_, i) => (i === b ? 1 : 0))) });
    },
  };
}

async function compiled(runtime: Runtime, write: (g: GraphBuilder) => void): Promise<(feeds: Feeds) => Promise<DeviceTensor>> {
  const g = new GraphBuilder('caches on a device');
  write(g);
  const program = await runtime.program(g.build(), { onDevice: ['y'] });
  return async (feeds) => deviceOutput(await program.run(feeds), 'y');
}

const [heads, B, R, size] = ['H', 'B', 'R', 'D'].map(symbol) as [Dim, Dim, Dim, Dim];

function copyGraph(g: GraphBuilder): void {
  g.output('y', g.input('x', 'float32', [heads, R, size]));
}

function rearrangeGraph(g: GraphBuilder): void {
  const x = g.input('x', 'float32', [heads, B, R, size]);
  const rows = gather(g, x, g.input('rows', 'int64', [symbol('M')]), 1);
  g.output('y', gather(g, rows, g.input('places', 'int64', [symbol('N')]), 2));
}

function replaceRowGraph(g: GraphBuilder): void {
  const x = g.input('x', 'float32', [heads, B, R, size]);
  g.output('y', g.op('Where', [g.input('chosen', 'bool', [1, B, 1, 1]), g.input('row', 'float32', [heads, 1, R, size]), x]));
}
