import { GraphBuilder } from '../../../main/onnx/builder.ts';
import type { Value } from '../../../main/onnx/graph.ts';
import type { Feeds } from '../../../main/runtime/compiled.ts';
import { Runtime } from '../../../main/runtime/session.ts';
import type { HostTensor } from '../../../main/runtime/tensor.ts';

export const runtime = new Runtime({ provider: 'cpu', threads: 1 });

/** Builds a graph of named outputs, runs it once on the CPU and returns what came out. */
export async function runGraph(build: (g: GraphBuilder) => Readonly<Record<string, Value>>, feeds: Feeds): Promise<Readonly<Record<string, HostTensor>>> {
  const g = new GraphBuilder('test');
  for (const [name, value] of Object.entries(build(g))) g.output(name, value);
  const program = await runtime.program(g.build());
  return (await program.run(feeds)) as Readonly<Record<string, HostTensor>>;
}

export const numbersOf = (tensor: HostTensor | undefined): readonly number[] => Array.from(tensor?.data as Float32Array, Number);
