import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const session = path.join(import.meta.dirname, '../../main/runtime/session.ts');
const builder = path.join(import.meta.dirname, '../../main/onnx/builder.ts');
const client = path.join(import.meta.dirname, '../../main/worker/client.ts');
const model = path.join(import.meta.dirname, '../golden/tiny/model');

const inProcess = `
  const { Runtime } = await import(${JSON.stringify(session)});
  const { GraphBuilder } = await import(${JSON.stringify(builder)});
  const g = new GraphBuilder('probe');
  g.output('y', g.op('Neg', [g.input('x', 'float32', [1])]));
  const program = await new Runtime({ provider: 'cpu', threads: 1 }).program(g.build());
  const { y } = await program.run({ x: { kind: 'host', type: 'float32', shape: [1], data: Float32Array.of(2) } });
  console.log(y.data[0]);`;

const inWorker = `
  const { WorkerClient } = await import(${JSON.stringify(client)});
  const worker = new WorkerClient();
  console.log((await worker.call('load', { folder: ${JSON.stringify(model)}, options: {} })).provider);
  const { group } = await worker.call('openGroup', { prompt: { ids: [1, 2, 3], images: [] }, rows: 1 });
  await worker.close();`;

test.each([['in the process', inProcess, '-2'], ['in the worker thread', inWorker, 'cpu']])('onnxruntime leaves no trace of telemetry %s', (_, script, printed) => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-home-'));
  const { ORT_DISABLE_TELEMETRY: _set, XDG_CACHE_HOME: _cache, CI: _ci, ...environment } = process.env;
  try {
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env: { ...environment, HOME: home }, encoding: 'utf8' });
    expect(out.trim()).toBe(printed);
    const cache = path.join(home, '.cache');
    expect(existsSync(cache) ? readdirSync(cache) : []).not.toContain('Microsoft');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
