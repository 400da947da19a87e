import { type CInterface, type Handle, cInterface } from './c-interface.ts';

// One arena of memory for all programs on the CPU. onnxruntime otherwise gives each program one of its own, which keeps the
// most that it ever needed: the programs of a layer in training then hold the sum of their needs, though one runs at a time.
// onnxruntime's environment takes an arena for all (CreateAndRegisterAllocator).

const arenaAllocator = 1;
const defaultMemory = 0;
// Regions of 1, 2, 4 … MiB, as for an arena of one program (onnx/arena.ts). Regions of just what is missing leave more gaps: 300 MiB in long batches.
const arenaSettings = [0, 0, -1, -1] as const;

/** Programs of this thread that have their memory from the arena. */
let users = 0;
let made: { readonly memory: Handle; readonly settings: Handle } | undefined;
let fault: string | undefined;

/**
 * To be called before a program is made that takes its memory from the arena; the first one makes it. False where onnxruntime refuses: the
 * program then has its own, and all works as well, in more memory. A thread that comes later makes another, from which all threads' further
 * programs take.
 */
export function joinArena({ call, made: make, environment }: CInterface): boolean {
  if (fault !== undefined) return false;
  try {
    made ??= { memory: make('CreateCpuMemoryInfo', arenaAllocator, defaultMemory), settings: make('CreateArenaCfg', ...arenaSettings) };
    if (users === 0) call('CreateAndRegisterAllocator', environment, made.memory, made.settings);
  } catch (error) {
    fault = (error as Error).message;
    return false;
  }
  users += 1;
  return true;
}

/** To be called when the program is gone; after the last one the arena’s memory goes back to the system. */
export function leaveArena({ call, environment }: CInterface): void {
  users -= 1;
  if (users > 0) return;
  try {
    call('UnregisterAllocator', environment, made?.memory);
  } catch {
    // Another thread's last program was gone before.
  }
}

/** Why programs of this process do not share an arena; undefined where they do. */
export async function arenaFault(): Promise<string | undefined> {
  const opened = await cInterface();
  return opened instanceof Error ? opened.message : fault;
}
