import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Store, openStore } from '../../../main/store/store.ts';
import type { RunEvent, StepMetrics } from '../../../main/records/run-events.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';
import { metricsOf, told } from './records.ts';

/** A data folder of a test's own. */
export function newHome(): string {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-store-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

export function opened(home = newHome()): Store {
  const store = openStore(home);
  onTestFinished(() => store.close());
  return store;
}

export const newRun = (home: string, name: string, steps = 10): RunFolder => RunFolder.create(home, runConfig.parse({ name, steps }));

/** A step of two groups of two: the rewards of the second group are equal. */
export function tellStep(run: RunFolder, step: number, more: Partial<StepMetrics> = {}): void {
  for (const event of [told({ step, member: 0, reward: 0 }), told({ step, member: 1, reward: 2 }), told({ step, group: 1, member: 0 }), told({ step, group: 1, member: 1 }), metricsOf(step, more)]) run.log.append(event);
}

export const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

export const started = (step = 0, second = 0): RunEvent => ({ kind: 'started', at: at(second), step, resumed: step > 0, parameters: 1, tools: { code: 'off', search: 'off' } });

export const sampleOf = (i: number, more: Partial<Sample> = {}): Sample => ({ version: 1, id: `s${i}`, task: i % 2 === 0 ? 'coding' : 'search', question: `question number ${i}`, answers: [`answer ${i}`], images: [], ...more });
