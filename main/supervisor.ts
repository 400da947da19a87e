import type { EngineReady } from './engine/process.ts';

/** A process that runs the engine, however it was started. */
export type EngineProcess = {
  readonly onMessage: (listener: (message: EngineReady | { readonly kind: 'refused'; readonly message: string }) => void) => void;
  readonly onExit: (listener: (status: string) => void) => void;
  readonly stop: () => void;
};

export type SupervisorEvent =
  | { readonly kind: 'ready'; readonly ready: EngineReady }
  /** The engine ended without being asked; it is started again after `inMs`. */
  | { readonly kind: 'crashed'; readonly status: string; readonly inMs: number }
  /** It cannot start, or crashed too often: nothing more is tried. */
  | { readonly kind: 'gaveUp'; readonly reason: string };

/** Crashes within `calmMs` of each other that are followed by another start. */
const mostCrashes = 5;
const calmMs = 60_000;

/** Keeps an engine alive: starts it again when it crashes, later each time, and gives up when it crashes over and over. */
export function supervise(start: (before: EngineReady | undefined) => EngineProcess, onEvent: (event: SupervisorEvent) => void): { readonly stop: () => Promise<void> } {
  let crashes = 0;
  let stopping = false;
  let running: EngineProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let ended = (): void => {};
  let lastReady: EngineReady | undefined;

  const launch = (): void => {
    let refused: string | undefined;
    const child = start(lastReady);
    const startedAt = performance.now();
    running = child;
    child.onMessage((message) => {
      if (message.kind === 'refused') refused = message.message;
      else {
        lastReady = message;
        onEvent({ kind: 'ready', ready: message });
      }
    });
    child.onExit((status) => {
      running = undefined;
      ended();
      if (stopping) return;
      if (refused !== undefined) return onEvent({ kind: 'gaveUp', reason: refused });
      crashes = performance.now() - startedAt > calmMs ? 1 : crashes + 1;
      if (crashes > mostCrashes) return onEvent({ kind: 'gaveUp', reason: `The engine ended ${crashes} times in a row (${status}).` });
      const inMs = 250 * 2 ** (crashes - 1);
      onEvent({ kind: 'crashed', status, inMs });
      timer = setTimeout(launch, inMs);
    });
  };
  launch();

  return {
    stop: async () => {
      stopping = true;
      clearTimeout(timer);
      if (!running) return;
      const gone = new Promise<void>((resolve) => (ended = resolve));
      running.stop();
      await gone;
    },
  };
}
