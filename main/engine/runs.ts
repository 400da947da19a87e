import { setTimeout as wait } from 'node:timers/promises';
import type { runsContract } from '../../preload/contract/runs.ts';
import type { Handlers } from '../rpc/serve.ts';
import { RunFolder } from '../train/run-folder.ts';
import type { EngineContext } from './context.ts';

export function runsHandlers({ home }: EngineContext): Handlers<typeof runsContract> {
  return {
    'runs.stop': async ({ run, now }, signal) => {
      const folder = RunFolder.open(home, run);
      folder.requestStop(now ? 'now' : 'step');
      while (folder.owner() !== undefined) await wait(100, undefined, { signal });
      return { checkpoint: folder.checkpoints().at(-1)?.step ?? null };
    },
  };
}
