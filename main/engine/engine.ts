import { contract } from '../../preload/contract.ts';
import { annotateContract } from '../../preload/contract/annotate.ts';
import { appContract } from '../../preload/contract/app.ts';
import { datasetsContract } from '../../preload/contract/datasets.ts';
import { evaluationsContract } from '../../preload/contract/evaluations.ts';
import { modelsContract } from '../../preload/contract/models.ts';
import { playgroundContract } from '../../preload/contract/playground.ts';
import { queueContract } from '../../preload/contract/queue.ts';
import { rolloutsContract } from '../../preload/contract/rollouts.ts';
import { runsContract } from '../../preload/contract/runs.ts';
import { settingsContract } from '../../preload/contract/settings.ts';
import type { Port } from '../../preload/rpc/frames.ts';
import { openHome } from '../home.ts';
import { serve } from '../rpc/serve.ts';
import { removeOldUploads } from '../serve/files.ts';
import { openStore } from '../store/store.ts';
import { backUpDaily } from './backups.ts';
import { Changes } from './changes.ts';
import type { EngineContext } from './context.ts';
import { room } from './rooms.ts';

export type Engine = {
  readonly context: EngineContext;
  /** Serves a window until its port closes. */
  readonly attach: (port: Port) => void;
  readonly close: () => Promise<void>;
};

export type EngineSettings = {
  readonly home: string;
  readonly log?: (message: string) => void;
  /** Holds answers against the contract; for tests. */
  readonly checkResults?: boolean;
};

/** When all rooms are opened, wanted or not: after the first page. */
const roomsAfterMs = 2000;

/** Lines of the log that are kept for a report of a fault. */
const mostLines = 200;

/**
 * Opens the data folder and answers windows about it.
 * @throws InputError when the data folder cannot be used.
 */
export async function openEngine({ home, log: say = () => {}, checkResults = false }: EngineSettings): Promise<Engine> {
  openHome(home);
  const lines: string[] = [];
  const log = (message: string): void => {
    lines.push(`${new Date().toISOString()} ${message}`);
    lines.splice(0, lines.length - mostLines);
    say(message);
  };
  const closing = new AbortController();
  const store = openStore(home);
  for (const note of store.notes) log(note);
  const changes = new Changes();
  const following = store.indexer.follow({
    signal: closing.signal,
    onChange: ({ runs, evaluations }) => {
      for (const name of runs) changes.tell('runs', name);
      for (const name of evaluations) changes.tell('evaluations', name);
    },
    onFault: (error) => log(`The index could not be brought up to date: ${error.message}`),
  });
  const context: EngineContext = { home, store, images: store.images, changes, closing: closing.signal, log, recentLog: () => lines };
  backUpDaily(context);
  void removeOldUploads(home).catch((error: Error) => log(`Old uploads stay: ${error.message}`));
  const rooms = roomsOf(context);
  // The queue must go on also where no window ever asks for runs; and the first visit of a page should not wait for its code.
  const opening = setTimeout(() => void openAll(Object.values(rooms), closing.signal).catch((error: Error) => log(`A part of the engine does not load: ${error.message}`)), roomsAfterMs).unref();
  closing.signal.addEventListener('abort', () => clearTimeout(opening));
  const handlers = { ...rooms.annotate.handlers, ...rooms.app.handlers, ...rooms.evaluations.handlers, ...rooms.datasets.handlers, ...rooms.models.handlers, ...rooms.playground.handlers, ...rooms.queue.handlers, ...rooms.rollouts.handlers, ...rooms.runs.handlers, ...rooms.settings.handlers };
  return {
    context,
    attach: (port) => serve(contract, handlers, port, { checkResults, onFault: (method, error) => log(`${method} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`) }),
    close: async () => {
      closing.abort();
      await following;
      await store.close();
    },
  };
}

/** The parts of the contract, each loaded when it is wanted. */
const roomsOf = (context: EngineContext) => ({
  annotate: room(annotateContract, async () => (await import('./annotate.ts')).annotateHandlers(context)),
  app: room(appContract, async () => (await import('./app.ts')).appHandlers(context)),
  datasets: room(datasetsContract, async () => (await import('./datasets.ts')).datasetsHandlers(context)),
  evaluations: room(evaluationsContract, async () => (await import('./evaluations.ts')).evaluationsHandlers(context)),
  models: room(modelsContract, async () => (await import('./models.ts')).modelsHandlers(context)),
  playground: room(playgroundContract, async () => (await import('./playground/playground.ts')).playgroundHandlers(context)),
  queue: room(queueContract, async () => (await import('./queue.ts')).queueHandlers(context)),
  rollouts: room(rolloutsContract, async () => (await import('./rollouts.ts')).rolloutsHandlers(context)),
  runs: room(runsContract, async () => (await import('./runs.ts')).runsHandlers(context), async () => void (await import('./run-drafts.ts')).presets()),
  settings: room(settingsContract, async () => (await import('./settings.ts')).settingsHandlers(context)),
});

/** One after another, so that a window that asks for something is answered in between. */
async function openAll(rooms: readonly { readonly open: () => Promise<unknown> }[], signal: AbortSignal): Promise<void> {
  for (const { open } of rooms) {
    if (signal.aborted) return;
    await open();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
