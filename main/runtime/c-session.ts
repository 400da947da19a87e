import { setImmediate } from 'node:timers/promises';
import { BoundProgram, type Memory, memories } from './bound-program.ts';
import type { CInterface, Handle } from './c-interface.ts';
import { type ProgramOptions, type RuntimeSettings, type Session, type Source, errorsAlone, sessionConfig } from './compiled.ts';
import { own } from './owned.ts';
import { joinArena, leaveArena } from './shared-arena.ts';
import { placesOfSizes } from './size-places.ts';

/** Providers that sessions of this kind serve: those whose memory it knows by name. */
export const servedByC = (provider: string): provider is Memory => Object.hasOwn(memories, provider);

/**
 * A session through onnxruntime's C interface. Outputs in memory are written where the caller will have them, which
 * onnxruntime-node does not offer (it copies each, a tenth of the time of a loss with its gradients), and on CUDA as on the CPU tensors
 * can stay on the device.
 * @throws Error with onnxruntime's words.
 */
export async function openCSession(c: CInterface, { graph, model }: Source, settings: RuntimeSettings & { readonly provider: Memory }, options: ProgramOptions): Promise<Session> {
  await setImmediate(); // compiling blocks the thread, as runs do
  const places = placesOfSizes(graph);
  const shares = settings.provider === 'cpu' && joinArena(c);
  try {
    const session = createSession(c, model, settings, { ...options, shares });
    const binding = c.made('CreateIoBinding', session);
    const program = new BoundProgram(c, graph, { session, binding, places, provider: settings.provider, onDevice: options.onDevice ?? [] });
    const owned = own(() => {
      c.does('ReleaseIoBinding', binding);
      c.does('ReleaseSession', session);
      if (shares) leaveArena(c);
    });
    return {
      run: async (feeds) => {
        // A run blocks the thread: in between messages come in, and the garbage collector has its turn.
        await setImmediate();
        if (!owned.isHeld()) throw new Error(`${graph.name}: a program was run after its release`);
        return program.run(feeds);
      },
      release: async () => owned.release(),
    };
  } catch (error) {
    if (shares) leaveArena(c);
    throw error;
  }
}

function createSession(c: CInterface, model: Source['model'], settings: RuntimeSettings, { memoryPattern, shares }: ProgramOptions & { readonly shares: boolean }): Handle {
  const options = c.made('CreateSessionOptions');
  try {
    c.call('SetIntraOpNumThreads', options, settings.threads);
    c.call('SetSessionLogSeverityLevel', options, errorsAlone);
    if (memoryPattern === false) c.call('DisableMemPattern', options);
    for (const [key, value] of Object.entries({ ...sessionConfig(settings), ...(shares && { 'session.use_env_allocators': '1' }) })) c.call('AddSessionConfigEntry', options, key, value);
    if (settings.provider === 'cuda') addCuda(c, options);
    return typeof model === 'string' ? c.made('CreateSession', c.environment, model, options) : c.made('CreateSessionFromArray', c.environment, model, model.byteLength, options);
  } finally {
    c.does('ReleaseSessionOptions', options);
  }
}

function addCuda(c: CInterface, options: Handle): void {
  const provider = c.made('CreateCUDAProviderOptions');
  try {
    c.call('SessionOptionsAppendExecutionProvider_CUDA_V2', options, provider);
  } finally {
    c.does('ReleaseCUDAProviderOptions', provider);
  }
}
