import { mkdirSync } from 'node:fs';
import { contract } from '../../preload/contract.ts';
import type { Port } from '../../preload/rpc/frames.ts';
import { InputError } from '../records/input-error.ts';
import { serve } from '../rpc/serve.ts';
import { removeOldUploads } from '../serve/files.ts';
import { openStore } from '../store/store.ts';
import { appHandlers } from './app.ts';
import { backUpDaily } from './backups.ts';
import { Changes } from './changes.ts';
import type { EngineContext } from './context.ts';
import { modelsHandlers } from './models.ts';
import { datasetsHandlers } from './datasets.ts';
import { evaluationsHandlers } from './evaluations.ts';
import { playgroundHandlers } from './playground/playground.ts';
import { queueHandlers } from './queue.ts';
import { rolloutsHandlers } from './rollouts.ts';
import { runsHandlers } from './runs.ts';
import { settingsHandlers } from './settings.ts';

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

/** Lines of the log that are kept for a report of a fault. */
const mostLines = 200;

/**
 * Opens the data folder and answers windows about it.
 * @throws InputError when the data folder cannot be used.
 */
export async function openEngine({ home, log: say = () => {}, checkResults = false }: EngineSettings): Promise<Engine> {
  try {
    mkdirSync(home, { recursive: true });
  } catch (error) {
    throw new InputError({ thing: home, expected: 'a data folder that can be made', found: (error as Error).message, remedy: 'Set ARFT_HOME to a folder that you may write to.' }, { cause: error });
  }
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
  const handlers = { ...appHandlers(context), ...evaluationsHandlers(context), ...datasetsHandlers(context), ...modelsHandlers(context), ...playgroundHandlers(context), ...queueHandlers(context), ...rolloutsHandlers(context), ...runsHandlers(context), ...settingsHandlers(context) };
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
