import os from 'node:os';
import { parseArgs } from 'node:util';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { app } from './app.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { data } from './data.ts';
import { decode } from './decode.ts';
import { gemm } from './gemm.ts';
import { memory } from './memory.ts';
import { pages } from './pages.ts';
import { prefill } from './prefill.ts';
import { quality } from './quality.ts';
import { sandbox } from './sandbox.ts';
import { search } from './search.ts';
import { store } from './store.ts';
import { grpoStep } from './grpo-step.ts';

// `npm run bench -- NAME [--json] [options]`

const benchmarks: readonly Benchmark[] = [gemm, prefill, decode, quality, memory, grpoStep, data, search, sandbox, store, app, pages];

const version = (name: string): string =>
  (JSON.parse(readFileSync(path.join(import.meta.dirname, '../../node_modules', name, 'package.json'), 'utf8')) as { version: string }).version;

const machine = {
  cpu: os.cpus()[0]?.model ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGiB: Math.round(os.totalmem() / 1024 ** 3),
  node: process.versions.node,
  onnxruntime: version('onnxruntime-node'),
};

async function main(): Promise<number> {
  const [name, ...rest] = process.argv.slice(2);
  const benchmark = benchmarks.find((each) => each.name === name);
  if (!benchmark) {
    console.error(`usage: npm run bench -- NAME [--json] [options]\n${benchmarks.map((each) => `  ${each.name.padEnd(10)} ${each.summary}`).join('\n')}`);
    return name === undefined || name === '--help' ? 0 : 2;
  }
  const { values } = parseArgs({ args: rest, options: { ...benchmark.options, json: { type: 'boolean' } } });
  const figures: Figure[] = [];
  console.error(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}, onnxruntime ${machine.onnxruntime}`);
  await benchmark.run(values, {
    note: (text) => console.error(text),
    figure: (figure, value, unit) => {
      figures.push({ name: figure, value, unit });
      const shown = `${figure.padEnd(52)} ${value.toPrecision(4)} ${unit}`;
      if (values['json']) console.error(shown);
      else console.log(shown);
    },
  });
  if (values['json']) console.log(JSON.stringify({ benchmark: benchmark.name, machine, figures }));
  return 0;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
