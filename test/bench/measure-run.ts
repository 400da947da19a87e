import { readFileSync, rmSync } from 'node:fs';
import { homeFolder } from '../../main/home.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import { readRunConfig } from '../../main/train/config-file.ts';
import { runMemory } from '../../main/train/preflight-resources.ts';
import { RunFolder } from '../../main/train/run-folder.ts';
import { runTraining } from '../../main/train/run.ts';
import { starterFolder } from '../../main/train/quickstart/quickstart.ts';

// A process of its own: a real run, whose episodes have the lengths that they happen to have. Prints what the process held
// at most and what was planned from the first step's sizes, as the look before a run does. argv: preset, settings.

const [preset, ...settings] = process.argv.slice(2) as [string, ...string[]];
const config = readRunConfig(preset, [`name=bench-${process.pid}`, `model.folder=${starterFolder}`, ...settings]);
const run = RunFolder.create(homeFolder(), config);
try {
  await runTraining(run, homeFolder(), new AbortController().signal);
  const first = [...run.log.events()].filter((event): event is Extract<RunEvent, { kind: 'trajectory' }> => event.kind === 'trajectory' && event.step === 0);
  const tokens = first.map(({ trajectory: { turns } }) => ({
    prompt: turns[0]?.tokens?.context.length ?? 0,
    behind: turns.reduce((sum, turn, i) => sum + (turn.tokens ? turn.tokens.sampled.length + (i > 0 ? turn.tokens.context.length : 0) : 0), 0),
  }));
  const { mergeSize, patchSize } = readModelConfig(starterFolder).vision;
  const planned = runMemory(config, { promptTokens: Math.max(...tokens.map(({ prompt }) => prompt)), completionTokens: Math.max(...tokens.map(({ behind }) => behind)), imagePixels: (2 * mergeSize * patchSize) ** 2 }).likely.bytes;
  const peakBytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
  console.log(JSON.stringify({ peakBytes, planned }));
} finally {
  rmSync(run.folder, { recursive: true, force: true });
}
