import { onnxruntimeLibrary } from './cuda-libraries.ts';

// One arena of memory for all programs on the CPU. onnxruntime otherwise gives each program one of its own, which keeps the
// most that it ever needed: the programs of a layer in training then hold the sum of their needs, though one runs at a time.
// onnxruntime's environment takes an arena for all (CreateAndRegisterAllocator). onnxruntime-node has no word for that, so
// the library that it has loaded is asked through its C interface.

/** Functions of onnxruntime: their places in its table (OrtApi in onnxruntime_c_api.h, which only ever grows at its end), and what they take. */
const functions = {
  GetErrorMessage: [2, 'const char *GetErrorMessage(void *status)'],
  CreateEnv: [3, 'void *CreateEnv(int level, const char *name, _Out_ void **environment)'],
  CreateCpuMemoryInfo: [69, 'void *CreateCpuMemoryInfo(int allocator, int memory, _Out_ void **info)'],
  ReleaseStatus: [93, 'void ReleaseStatus(void *status)'],
  CreateAndRegisterAllocator: [144, 'void *CreateAndRegisterAllocator(void *environment, void *memory, void *settings)'],
  CreateArenaCfg: [156, 'void *CreateArenaCfg(size_t most, int growth, int first, int rest, _Out_ void **settings)'],
  UnregisterAllocator: [177, 'void *UnregisterAllocator(void *environment, void *memory)'],
} as const;
type Name = keyof typeof functions;

/** The first version of the interface that has all of them, and more. */
const interfaceVersion = 13;
const warnings = 2;
const arenaAllocator = 1;
const defaultMemory = 0;
// Regions of 1, 2, 4 … MiB, as for an arena of one program (onnx/arena.ts). Regions of just what is missing leave more gaps: 300 MiB in long batches.
const arenaSettings = [0, 0, -1, -1] as const;

type Arena = { readonly register: () => void; readonly unregister: () => void };

/** @throws Error where the interface is not there or refuses. */
async function openArena(): Promise<Arena> {
  const { default: koffi } = await import('koffi');
  const pointers = (from: unknown, count: number): readonly unknown[] => koffi.decode(from, 'void *', count) as unknown[];
  const base = koffi.load(onnxruntimeLibrary()).func('void *OrtGetApiBase()')() as unknown;
  const api = koffi.call(pointers(base, 1)[0], koffi.proto('void *GetApi(uint32_t version)'), interfaceVersion) as unknown;
  if (!api) throw new Error(`onnxruntime has no interface of version ${interfaceVersion}`);
  const table = pointers(api, Math.max(...Object.values(functions).map(([place]) => place)) + 1);
  const types = new Map(Object.entries(functions).map(([name, [, declaration]]) => [name, koffi.proto(declaration)]));
  const call = (name: Name, ...values: readonly unknown[]): unknown => koffi.call(table[functions[name][0]], types.get(name) as never, ...values) as unknown;

  /** All but those two give no status when all went well. */
  const checked = (name: Exclude<Name, 'GetErrorMessage' | 'ReleaseStatus'>, ...values: readonly unknown[]): void => {
    const status = call(name, ...values);
    if (!status) return;
    const message = String(call('GetErrorMessage', status));
    call('ReleaseStatus', status);
    throw new Error(`${name}: ${message}`);
  };
  const made = (name: 'CreateEnv' | 'CreateCpuMemoryInfo' | 'CreateArenaCfg', ...values: readonly unknown[]): unknown => {
    const out: unknown[] = [null];
    checked(name, ...values, out);
    return out[0];
  };
  // The process has one environment, whoever asks for it first.
  const environment = made('CreateEnv', warnings, 'arft');
  const memory = made('CreateCpuMemoryInfo', arenaAllocator, defaultMemory);
  const settings = made('CreateArenaCfg', ...arenaSettings);
  return {
    register: () => checked('CreateAndRegisterAllocator', environment, memory, settings),
    unregister: () => checked('UnregisterAllocator', environment, memory),
  };
}

let asked: Promise<Arena | Error> | undefined;
const opened = (): Promise<Arena | Error> => (asked ??= openArena().catch((error: unknown) => error as Error));

/** Programs of this thread that have their memory from the arena. */
let users = 0;

/**
 * To be called before a program is made that takes its memory from the arena; the first one makes it. False where there is none: the program
 * then has its own, and all works as well, in more memory. A thread that comes later makes another, from which all threads' further programs take.
 */
export async function joinArena(): Promise<boolean> {
  const arena = await opened();
  if (arena instanceof Error) return false;
  try {
    if (users === 0) arena.register();
  } catch (error) {
    asked = Promise.resolve(error as Error);
    return false;
  }
  users += 1;
  return true;
}

/** To be called when the program is gone; after the last one the arena’s memory goes back to the system. */
export async function leaveArena(): Promise<void> {
  const arena = await opened();
  users -= 1;
  if (users > 0 || arena instanceof Error) return;
  try {
    arena.unregister();
  } catch {
    // Another thread's last program was gone before.
  }
}

/** Why programs of this process do not share an arena; undefined where they do. */
export async function arenaFault(): Promise<string | undefined> {
  const arena = await opened();
  return arena instanceof Error ? arena.message : undefined;
}
