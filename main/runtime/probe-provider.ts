import { GraphBuilder } from '../onnx/builder.ts';
import { type Provider, providers } from './provider.ts';
import { Runtime, float32Output } from './session.ts';
import { float32 } from './tensor.ts';

// Run as a process of its own (a driver that aborts takes only the probe with it): says on stdout whether a provider
// creates a session and multiplies two matrices rightly.

const provider = process.argv[2] as Provider;
if (!providers.includes(provider)) throw new Error(`no provider ${provider}`);

const g = new GraphBuilder('probe');
g.output('y', g.op('MatMul', [g.input('a', 'float32', [2, 2]), g.input('b', 'float32', [2, 2])]));
try {
  const program = await new Runtime({ provider, threads: 1 }).program(g.build());
  const outputs = await program.run({ a: float32([2, 2], Float32Array.of(1, 2, 3, 4)), b: float32([2, 2], Float32Array.of(5, 6, 7, 8)) });
  const right = [...float32Output(outputs, 'y').data].join() === '19,22,43,50';
  console.log(JSON.stringify(right ? { ok: true } : { ok: false, reason: 'it multiplied two matrices wrongly' }));
} catch (error) {
  console.log(JSON.stringify({ ok: false, reason: (error as Error).message.trim().split('\n').at(-1) }));
}
process.exit(0);
