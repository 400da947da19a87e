import { statfs } from 'node:fs/promises';
import os from 'node:os';
import type { appContract } from '../../preload/contract/app.ts';
import type { examineMachine } from '../doctor/examine.ts';
import type { Handlers } from '../rpc/serve.ts';
import { version } from '../shipped.ts';
import type { EngineContext } from './context.ts';
import { workingRuns } from './run-figures.ts';
import { type Slept, watchSleep } from './sleep.ts';

export function appHandlers({ home, store, changes, closing, log }: EngineContext): Handlers<typeof appContract> {
  const startedAt = new Date().toISOString();
  let machine: ReturnType<typeof examineMachine> | undefined;
  let slept: Slept | null = null;
  watchSleep((time) => {
    slept = time;
    log(`Nothing ran here for ${time.seconds} s: the machine slept, or this process was held.`);
  }, { signal: closing });
  return {
    'app.info': () => ({ version, home, platform: `${os.type()} ${os.machine()}`, process: process.pid, startedAt, notes: [...store.notes] }),
    'app.status': async () => {
      const disk = await statfs(home);
      const memoryTotal = os.totalmem();
      return { memoryUsed: memoryTotal - os.freemem(), memoryTotal, diskFree: disk.bavail * disk.bsize, engineMemory: process.memoryUsage.rss(), working: workingRuns(store), slept };
    },
    'app.machine': async ({ again }) => {
      if (again) machine = undefined;
      // What it looks at is loaded when it is asked for first.
      machine ??= import('../doctor/examine.ts').then((doctor) => doctor.examineMachine({ home, modelFolders: [] }));
      return [...(await machine)];
    },
    'app.changes': (_, signal) => changes.follow(signal),
  };
}
