import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GraphBuilder } from '../onnx/builder.ts';
import { cast, matmul } from '../onnx/expressions.ts';
import type { Graph, Value } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';
import { dropBuffers } from './buffers.ts';
import { cInterface } from './c-interface.ts';
import { openCSession, servedByC } from './c-session.ts';
import type { Feeds, ProgramOptions, RuntimeSettings, Session, Source } from './compiled.ts';
import { openCuda } from './cuda-libraries.ts';
import { openNodeSession } from './node-session.ts';
import { type DeviceTensor, type HostTensor, type Tensor, float32 } from './tensor.ts';

/** A graph that onnxruntime has compiled. */
export type Program = {
  readonly graph: Graph;
  /** Runs the graph; the caller owns the outputs, and may release them (tensor.ts). One run at a time. */
  run(feeds: Feeds): Promise<Feeds>;
  /** Once for each time that the program was asked for; the last frees its memory. */
  release(): Promise<void>;
};

/** Compiled graphs of one provider, kept by the hash of the graph: the same graph is compiled once. */
export class Runtime {
  readonly settings: RuntimeSettings;
  readonly #programs = new Map<string, { users: number; readonly program: Promise<Program> }>();

  constructor(settings: RuntimeSettings) {
    this.settings = settings;
  }

  program(graph: Graph, options: ProgramOptions = {}): Promise<Program> {
    const model = serializeModel(graph);
    const key = createHash('sha256').update(model).update(JSON.stringify(options)).digest('hex');
    const known = this.#programs.get(key);
    if (known) {
      known.users += 1;
      return known.program;
    }
    const release = async (program: Program): Promise<void> => {
      entry.users -= 1;
      if (entry.users > 0) return;
      this.#programs.delete(key);
      await program.release();
    };
    const compiled = compile(graph, model, key, this.settings, options);
    const entry = { users: 1, program: compiled.then((program) => ({ ...program, release: () => release(program) })) };
    this.#programs.set(key, entry);
    compiled.catch(() => this.#programs.delete(key));
    return entry.program;
  }

  /** Multiplies two small matrices in a precision: undefined when the result is right, else what went wrong, in one line. */
  async tryOut(precision: 'float32' | 'float16' = 'float32'): Promise<string | undefined> {
    const g = new GraphBuilder('try out');
    const [a, b] = ['a', 'b'].map((name) => cast(g, g.input(name, 'float32', [2, 2]), precision)) as [Value, Value];
    g.output('y', cast(g, matmul(g, a, b), 'float32'));
    try {
      const program = await this.program(g.build());
      const outputs = await program.run({ a: float32([2, 2], Float32Array.of(1, 2, 3, 4)), b: float32([2, 2], Float32Array.of(5, 6, 7, 8)) });
      return [...float32Output(outputs, 'y').data].join() === '19,22,43,50' ? undefined : 'it multiplied two matrices wrongly';
    } catch (error) {
      const text = (error as Error).message.replaceAll(/\s+/g, ' ').trim();
      // onnxruntime puts the place in its source before what happened.
      const happened = /(NVIDIA|CUDA failure|Failed|No |Not |Unsupported|Unable|cannot).*?(?= ; |$)/.exec(text)?.[0] ?? text.replace(/^.*Status Message: (\S+\.cc:\d+ \S+ )?(.*?)\.?$/, '$2');
      return happened.length > 160 ? `${happened.slice(0, 159)}…` : happened;
    }
  }

  async release(): Promise<void> {
    for (const entry of this.#programs.values()) {
      entry.users = 1;
      await (await entry.program).release();
    }
    dropBuffers();
  }
}

async function compile(graph: Graph, model: Uint8Array, key: string, settings: RuntimeSettings, options: ProgramOptions): Promise<Program> {
  const fault = settings.provider === 'cuda' ? openCuda() : undefined;
  if (fault !== undefined) throw new Error(fault);
  const session = await openSession({ graph, model: options.weightsFolder === undefined ? model : besideWeights(model, key, options.weightsFolder) }, settings, options);
  return { graph, run: (feeds) => session.run(feeds), release: () => session.release() };
}

async function openSession(source: Source, settings: RuntimeSettings, options: ProgramOptions): Promise<Session> {
  const { provider } = settings;
  if (!servedByC(provider)) return openNodeSession(source, settings, options);
  const c = await cInterface();
  if (!(c instanceof Error)) return openCSession(c, source, { ...settings, provider }, options);
  if (provider === 'cuda') throw new Error(`onnxruntime’s C interface is not to be had: ${c.message}`);
  return openNodeSession(source, settings, options);
}

/** External weights are found beside a model file, so that one is written where they are. */
function besideWeights(model: Uint8Array, key: string, folder: string): string {
  const file = path.join(folder, `${key.slice(0, 16)}.onnx`);
  place(file, model);
  return file;
}

/** Puts a file in its place at once: another process may be reading the one that is there, which is left alone where it is the same. */
function place(file: string, bytes: Uint8Array): void {
  if (existsSync(file) && readFileSync(file).equals(bytes)) return;
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, file);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** An output that must be float32 in the process's memory. */
export function float32Output(outputs: Readonly<Record<string, Tensor>>, name: string): HostTensor<'float32'> {
  const tensor = outputs[name];
  if (tensor?.kind !== 'host' || tensor.type !== 'float32') throw new Error(`output ${name} is not a float32 tensor in memory`);
  return tensor as HostTensor<'float32'>;
}

/** An output that must have stayed on the device. */
export function deviceOutput(outputs: Readonly<Record<string, Tensor>>, name: string): DeviceTensor {
  const tensor = outputs[name];
  if (tensor?.kind !== 'device') throw new Error(`output ${name} is not on a device`);
  return tensor;
}
