import './cuda-libraries.ts'; // before onnxruntime-node
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { type ProgramOptions, type RuntimeSettings, type Session, type Source, errorsAlone, sessionConfig } from './compiled.ts';
import type { ArrayOf, Tensor } from './tensor.ts';

/** A session through onnxruntime-node: for providers that c-session.ts does not serve, and wherever the C interface is not to be had. Outputs in memory are copies. */
export async function openNodeSession({ model }: Source, settings: RuntimeSettings, options: ProgramOptions): Promise<Session> {
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [settings.provider],
    intraOpNumThreads: settings.threads,
    logSeverityLevel: errorsAlone,
    extra: nested(sessionConfig(settings)),
    ...(options.memoryPattern === false && { enableMemPattern: false }),
    ...(options.onDevice && { preferredOutputLocation: Object.fromEntries(options.onDevice.map((name) => [name, 'gpu-buffer' as const])) }),
  };
  const session = await (typeof model === 'string' ? InferenceSession.create(model, sessionOptions) : InferenceSession.create(model, sessionOptions));
  return {
    run: async (feeds) => {
      const outputs = await session.run(Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)])));
      return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor as OrtTensor)]));
    },
    release: () => session.release(),
  };
}

/** onnxruntime-node takes "session.intra_op.x" as an object in an object. */
function nested(config: Readonly<Record<string, string>>): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const parts = key.split('.');
    const last = parts.pop() as string;
    const place = parts.reduce<Record<string, unknown>>((inner, part) => (inner[part] ??= {}) as Record<string, unknown>, all);
    place[last] = value;
  }
  return all;
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
