import { once } from 'node:events';
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { GraphBuilder } from '../../main/onnx/builder.ts';
import { matmul } from '../../main/onnx/expressions.ts';
import { Runtime } from '../../main/runtime/session.ts';
import { float32 } from '../../main/runtime/tensor.ts';

// A process of its own, because memory is the process's. Threads, one after another, each make a program with weights of 64 MiB
// and one output that stays, and end without releasing them; prints what the process holds in MiB after each.

const side = 4096;

if (isMainThread) {
  const held: number[] = [];
  for (let round = 0; round < 4; round++) {
    const thread = new Worker(new URL(import.meta.url));
    const [sum] = (await once(thread, 'message')) as [number];
    if (sum !== side) throw new Error(`the product is ${sum}`);
    thread.postMessage('end');
    await once(thread, 'exit');
    held.push(process.memoryUsage.rss() / 1024 ** 2);
  }
  console.log(JSON.stringify(held));
} else {
  const g = new GraphBuilder('large weights');
  const product = matmul(g, g.input('x', 'float32', [1, side]), g.constant('float32', [side, side], new Array<number>(side * side).fill(1)));
  g.output('y', product);
  g.output('stays', g.op('Neg', [product]));
  const program = await new Runtime({ provider: 'cpu', threads: 1 }).program(g.build(), { onDevice: ['stays'] });
  const { y } = await program.run({ x: float32([1, side], new Float32Array(side).fill(1)) });
  parentPort?.postMessage((y as { data: Float32Array }).data[0]);
  parentPort?.once('message', () => process.exit());
}
