import { onnxruntimeLibrary } from './cuda-libraries.ts';

// onnxruntime's C interface, for what onnxruntime-node has no words: one arena for all programs, outputs that are written where
// they are wanted, tensors that stay on CUDA. It is that of the library which onnxruntime-node loads, reached through koffi.

const file = process.platform === 'win32' ? 'const char16_t *' : 'const char *';

/**
 * Functions of onnxruntime that report by a status: their places in its table (OrtApi in onnxruntime_c_api.h, which only
 * ever grows at its end), and what they take.
 */
const reporting = {
  CreateEnv: [3, 'int level, const char *name, _Out_ void **environment'],
  CreateSession: [7, `void *environment, ${file}model, void *options, _Out_ void **session`],
  CreateSessionFromArray: [8, 'void *environment, const void *model, size_t bytes, void *options, _Out_ void **session'],
  CreateSessionOptions: [10, '_Out_ void **options'],
  DisableMemPattern: [17, 'void *options'],
  SetSessionLogSeverityLevel: [22, 'void *options, int level'],
  SetIntraOpNumThreads: [24, 'void *options, int threads'],
  CreateTensorWithDataAsOrtValue: [49, 'void *memory, const void *data, size_t bytes, const int64_t *shape, size_t axes, int type, _Out_ void **value'],
  CreateMemoryInfo: [68, 'const char *name, int allocator, int id, int memory, _Out_ void **info'],
  CreateCpuMemoryInfo: [69, 'int allocator, int memory, _Out_ void **info'],
  AllocatorFree: [76, 'void *allocator, void *memory'],
  GetAllocatorWithDefaultOptions: [78, '_Out_ void **allocator'],
  AddSessionConfigEntry: [130, 'void *options, const char *key, const char *value'],
  RunWithBinding: [133, 'void *session, void *options, void *binding'],
  CreateIoBinding: [134, 'void *session, _Out_ void **binding'],
  BindInput: [136, 'void *binding, const char *name, void *value'],
  BindOutput: [137, 'void *binding, const char *name, void *value'],
  BindOutputToDevice: [138, 'void *binding, const char *name, void *memory'],
  GetBoundOutputValues: [140, 'void *binding, void *allocator, _Out_ void **values, _Out_ size_t *count'],
  CreateAndRegisterAllocator: [144, 'void *environment, void *memory, void *settings'],
  CreateArenaCfg: [156, 'size_t most, int growth, int first, int rest, _Out_ void **settings'],
  UnregisterAllocator: [177, 'void *environment, void *memory'],
  SynchronizeBoundInputs: [202, 'void *binding'],
  SynchronizeBoundOutputs: [203, 'void *binding'],
  SessionOptionsAppendExecutionProvider_CUDA_V2: [204, 'void *options, void *provider'],
  CreateCUDAProviderOptions: [205, '_Out_ void **provider'],
} as const satisfies Readonly<Record<string, readonly [place: number, parameters: string]>>;

/** Those that cannot fail. */
const silent = {
  ReleaseStatus: [93, 'void *status'],
  ReleaseSession: [95, 'void *session'],
  ReleaseValue: [96, 'void *value'],
  ReleaseSessionOptions: [100, 'void *options'],
  ReleaseIoBinding: [135, 'void *binding'],
  ClearBoundInputs: [141, 'void *binding'],
  ClearBoundOutputs: [142, 'void *binding'],
  ReleaseCUDAProviderOptions: [208, 'void *provider'],
} as const satisfies Readonly<Record<string, readonly [place: number, parameters: string]>>;

const errorMessage = 2;

/** The first version of the interface that has all of them, and more. */
const interfaceVersion = 13;
const warnings = 2;

/** A pointer to something of onnxruntime's, or to an array of such pointers. */
export type Handle = { readonly handle: never };

export type CInterface = {
  /** The process has one, whoever asks for it first. */
  readonly environment: Handle;
  /** @throws Error with what onnxruntime says. */
  readonly call: (name: keyof typeof reporting, ...values: readonly unknown[]) => void;
  /** What a function gives through its last parameter. @throws Error with what onnxruntime says. */
  readonly made: (name: keyof typeof reporting, ...values: readonly unknown[]) => Handle;
  readonly does: (name: keyof typeof silent, ...values: readonly unknown[]) => void;
  readonly pointersAt: (array: Handle, count: number) => readonly Handle[];
};

/** @throws Error where the interface, or koffi, is not there. */
async function open(): Promise<CInterface> {
  const { default: koffi } = await import('koffi');
  const pointersAt = (array: unknown, count: number): readonly Handle[] => koffi.decode(array, 'void *', count) as Handle[];
  const base: unknown = koffi.load(onnxruntimeLibrary()).func('void *OrtGetApiBase()')();
  const api = koffi.call(pointersAt(base, 1)[0], koffi.proto('void *GetApi(uint32_t version)'), interfaceVersion) as unknown;
  if (!api) throw new Error(`onnxruntime has no interface of version ${interfaceVersion}`);
  const places = [...Object.values(reporting), ...Object.values(silent)].map(([place]) => place);
  const table = pointersAt(api, Math.max(...places) + 1);
  type Function = (...values: readonly unknown[]) => unknown;
  const bound = (place: number, declaration: string): Function => koffi.decode(table[place], koffi.proto(declaration)) as Function;
  const boundAll = <Name extends string>(functions: Readonly<Record<Name, readonly [place: number, parameters: string]>>, result: string): Record<Name, Function> =>
    Object.fromEntries(Object.entries<readonly [number, string]>(functions).map(([name, [place, parameters]]) => [name, bound(place, `${result} ${name}(${parameters})`)])) as Record<Name, Function>;
  const [reports, does, messageOf] = [boundAll(reporting, 'void *'), boundAll(silent, 'void'), bound(errorMessage, 'const char *GetErrorMessage(void *status)')];

  const call: CInterface['call'] = (name, ...values) => {
    const status = reports[name](...values);
    if (!status) return;
    const message = String(messageOf(status));
    does.ReleaseStatus(status);
    throw new Error(`${name}: ${message}`);
  };
  const made: CInterface['made'] = (name, ...values) => {
    const out: [Handle | null] = [null];
    call(name, ...values, out);
    return out[0] as Handle;
  };
  return { environment: made('CreateEnv', warnings, 'arft'), call, made, does: (name, ...values) => void does[name](...values), pointersAt };
}

let opened: Promise<CInterface | Error> | undefined;

/** The interface, or why it is not to be had. */
export const cInterface = (): Promise<CInterface | Error> => (opened ??= open().catch((error: unknown) => error as Error));
