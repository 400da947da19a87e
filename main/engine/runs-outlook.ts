import { freeBytes } from '../home.ts';
import type { RunConfig } from '../records/run-config.ts';
import { memoryOf } from '../train/preflight-resources.ts';
import type { EngineContext } from './context.ts';
import type { Outlooks } from './outlooks.ts';
import { measuredStep } from './run-figures.ts';

/** What a form shows beside a configuration: memory and disk in bytes, the time of a step where a run alike was measured. */
export async function runOutlook({ home, store }: Pick<EngineContext, 'home' | 'store'>, outlooks: Outlooks, config: RunConfig) {
  const total = await memoryOf(config.model.provider);
  const { outlook, reason } = config.model.folder === '' ? { reason: '' } as const : await outlooks.of(config, total ?? Infinity);
  return {
    memory: outlook ? { parts: outlook.memory.parts, peak: outlook.memory.peak, where: outlook.memory.where, total: total ?? null } : null,
    memoryUnknown: outlook ? null : (reason ?? ''),
    // The best, the last ones and the one that is being written.
    disk: outlook ? { checkpoint: outlook.checkpointBytes, needed: outlook.checkpointBytes * (config.checkpoint.keep + 2), free: freeBytes(home) } : null,
    time: measuredStep(store, config),
    changes: outlook?.changes ?? [],
  };
}
