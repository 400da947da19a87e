import { GraphBuilder } from '../../main/onnx/builder.ts';
import { add, reduceSum, scale, softmax } from '../../main/onnx/expressions.ts';
import { Runtime } from '../../main/runtime/session.ts';
import { arenaFault } from '../../main/runtime/shared-arena.ts';
import { float32 } from '../../main/runtime/tensor.ts';

// A process of its own, because memory is the process's: prints what it holds in MiB as programs that need 128 each run and go.

const [rows, columns] = [4096, 4096];
const x = float32([rows, columns], new Float32Array(rows * columns).fill(1));
const resident = (): number => process.memoryUsage.rss() / 1024 ** 2;

const runtime = new Runtime({ provider: 'cpu', threads: 1 });
const program = (factor: number) => {
  const g = new GraphBuilder(`times ${factor}`);
  const input = g.input('x', 'float32', [rows, columns]);
  // Both sides of the sum are needed at once.
  g.output('y', reduceSum(g, add(g, softmax(g, scale(g, input, factor)), softmax(g, input)), [0, 1]));
  return runtime.program(g.build(), { memoryPattern: false });
};
const sum = async (factor: number): Promise<number> => {
  const { y } = await (await program(factor)).run({ x });
  return (y as { data: Float32Array }).data[0] as number;
};

const start = resident();
const sums: number[] = [];
const held: number[] = [];
for (const factor of [2, 3, 4]) {
  sums.push(await sum(factor));
  held.push(resident() - start);
}
await runtime.release();
console.log(JSON.stringify({ fault: await arenaFault(), sums, held, released: resident() - start }));
