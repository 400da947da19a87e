import './no-telemetry.ts';
import { openCuda } from './cuda-libraries.ts';
import { joinArena, leaveArena } from './shared-arena.ts';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { GraphBuilder } from '../onnx/builder.ts';
import { cast, matmul } from '../onnx/expressions.ts';
import type { Graph, Value } from '../onnx/graph.ts';
import { serializeModel } from '../onnx/serialize.ts';
import type { Provider } from './provider.ts';
import { type ArrayOf, type DeviceTensor, type HostTensor, type Tensor, float32 } from './tensor.ts';

export type Feeds = Readonly<Record<string, Tensor>>;

export type ProgramOptions = {
  /** Outputs that stay on the provider's device. */
  readonly onDevice?: readonly string[];
  /** Folder of the files that external initializers name; the model file is written there too. */
  readonly weightsFolder?: string;
  /**
   * Off: memory is taken tensor by tensor. onnxruntime otherwise plans one block for shapes that it has met before, and
   * takes it beside what the first run took: for large graphs almost twice the memory, and no faster.
   */
  readonly memoryPattern?: false;
};

/** A graph that onnxruntime has compiled. */
export type Program = {
  readonly graph: Graph;
  /** Runs the graph; host outputs are copies that the caller owns. One run at a time. */
  run(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  /** Once for each time that the program was asked for; the last frees its memory. */
  release(): Promise<void>;
};

export type RuntimeSettings = {
  readonly provider: Provider;
  readonly threads: number;
  /** Off: threads sleep between two operators. Awake they find the next one sooner, on cores that nothing else has meanwhile. */
  readonly spinning?: false;
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
  }
}

async function compile(graph: Graph, model: Uint8Array, key: string, settings: RuntimeSettings, options: ProgramOptions): Promise<Program> {
  const fault = settings.provider === 'cuda' ? openCuda() : undefined;
  if (fault !== undefined) throw new Error(fault);
  const shares = settings.provider === 'cpu' && (await joinArena());
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [settings.provider],
    intraOpNumThreads: settings.threads,
    logSeverityLevel: 3,
    // Why denormals are zero: denormals.ts.
    extra: { session: { set_denormal_as_zero: '1', ...(shares && { use_env_allocators: '1' }), ...(settings.spinning === false && { intra_op: { allow_spinning: '0' } }) } },
    ...(options.memoryPattern === false && { enableMemPattern: false }),
    ...(options.onDevice && { preferredOutputLocation: Object.fromEntries(options.onDevice.map((name) => [name, 'gpu-buffer' as const])) }),
  };
  const left = async (): Promise<void> => (shares ? leaveArena() : undefined);
  const session = await createSession(model, key, sessionOptions, options.weightsFolder).catch(async (error: unknown) => {
    await left();
    throw error;
  });
  return {
    graph,
    run: async (feeds) => {
      const outputs = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)])));
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor as OrtTensor)]));
    },
    release: async () => {
      await session.release();
      await left();
    },
  };
}

/** External weights are found beside a model file, so that one is written where they are. */
function createSession(model: Uint8Array, key: string, options: InferenceSession.SessionOptions, weightsFolder?: string): Promise<InferenceSession> {
  if (!weightsFolder) return InferenceSession.create(model, options);
  const file = path.join(weightsFolder, `${key.slice(0, 16)}.onnx`);
  place(file, model);
  return InferenceSession.create(file, options);
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

// A weight is given to many runs: its onnxruntime tensor is made once.
const converted = new WeakMap<Tensor, OrtTensor>();

function toOrt(tensor: Tensor): OrtTensor {
  const known = converted.get(tensor);
  if (known) return known;
  if (tensor.kind === 'device') throw new Error('a device tensor was given to a run after its release');
  const made = new OrtTensor(tensor.type, tensor.data as never, tensor.shape);
  converted.set(tensor, made);
  return made;
}

function fromOrt(tensor: OrtTensor): Tensor {
  if (tensor.location === 'cpu') {
    return { kind: 'host', type: tensor.type as keyof ArrayOf, shape: tensor.dims, data: tensor.data as ArrayOf[keyof ArrayOf] };
  }
  const device: Tensor = {
    kind: 'device',
    type: tensor.type as keyof ArrayOf,
    shape: tensor.dims,
    release: () => {
      if (converted.delete(device)) tensor.dispose();
    },
  };
  converted.set(device, tensor);
  return device;
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
