import os from 'node:os';
import { freeBytes } from '../home.ts';
import { readModelConfig } from '../model/folder/config.ts';
import type { RunConfig } from '../records/run-config.ts';
import { gpuMemory } from '../runtime/gpu-memory.ts';
import { changesToFit, togetherToFit } from './fit-training.ts';
import { type SampleSizes, mostWritten, planInput } from './plan-run.ts';
import { type TrainingPlanInput, planTraining, trainedNumbers } from './plan-training.ts';
import type { Finding } from './preflight.ts';

const size = (bytes: number): string => (bytes < 1024 ** 3 ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / 1024 ** 3).toFixed(1)} GiB`);

/** Tokens that an episode may have behind its prompt. */
const longestRow = (config: RunConfig, promptTokens: number): number => Math.min(mostWritten(config), readModelConfig(config.model.folder).text.maxPositions - promptTokens);

// What a run holds besides its model: images, trajectories, JavaScript's heaps as they grow, and what malloc keeps of memory
// that was given back (measured beside the plan of the quickstart: 130 MiB in 15 steps, 180 in 40, 370 in 200).
const besidesBytes = 300 * 1024 ** 2;

/** On a device there is the model alone. */
const besides = ({ where }: TrainingPlanInput): number => (where === 'memory' ? besidesBytes : 0);

/** Episodes become longer than those that were tried. */
const growth = 1.25;

/** Bytes that a run needs, its planned step with them: with episodes like those that were seen, and with the longest that it allows. */
export function runMemory(config: RunConfig, seen: SampleSizes): Readonly<Record<'likely' | 'most', { readonly input: TrainingPlanInput; readonly bytes: number }>> {
  const longest = longestRow(config, seen.promptTokens);
  const of = (completionTokens: number) => {
    const input = planInput(config, { ...seen, completionTokens });
    return { input, bytes: planTraining(input).peakBytes + besides(input) };
  };
  return { likely: of(Math.min(longest, Math.ceil(growth * seen.completionTokens))), most: of(Math.max(seen.completionTokens, longest)) };
}

/**
 * Whether steps fit into this machine, or into its GPU where that computes: with episodes like those that were seen they
 * must, with the longest that the run allows they should. If not, which settings would make them fit, with what they need.
 * `total` in bytes; undefined where a GPU's memory is not told.
 */
export async function memoryFinding(config: RunConfig, seen: SampleSizes, total: number | undefined): Promise<Finding> {
  const { likely, most } = runMemory(config, seen);
  const ofWhat = likely.input.where === 'memory' ? '' : total === undefined ? ' of GPU memory, which no driver tells' : ' of the GPU’s';
  const detail = `about ${size(likely.bytes)}${ofWhat}${total === undefined ? '' : `${ofWhat === '' ? ' of' : ''} ${size(total)}`}, with a prompt of ${likely.input.promptTokens} tokens and ${likely.input.completionTokens} behind it; ${size(most.bytes)} with ${most.input.completionTokens}`;
  if (total === undefined) return { title: 'memory', status: 'ok', detail };
  const room = 0.9 * total;
  if (most.bytes <= room) return { title: 'memory', status: 'ok', detail };
  const status = likely.bytes > total ? 'problem' : 'warning';
  const beside = besides(likely.input);
  const wanted = status === 'problem' ? likely.input : most.input;
  const changes = await changesToFit(wanted, room - beside);
  const together = changes.some(({ peakBytes }) => peakBytes + beside <= room) ? undefined : await togetherToFit(wanted, room - beside);
  const told = changes.map(({ setting, value, peakBytes }) => `${setting} ${value} needs ${size(peakBytes + beside)}${peakBytes + beside > room ? ', which is not enough by itself' : ''}`);
  if (together && together.peakBytes + beside <= room) told.push(`together ${together.changes.map(({ setting, value }) => `${setting} ${value}`).join(', ')} need ${size(together.peakBytes + beside)}`);
  else if (together) told.push('A smaller model is needed');
  return { title: 'memory', status, detail: `${detail}. ${told.join('; ')}` };
}

/** Bytes of memory where a provider computes: the machine's, or those of its largest GPU; undefined where no driver tells. */
export async function memoryOf(provider: RunConfig['model']['provider']): Promise<number | undefined> {
  if (provider === 'cpu') return os.totalmem();
  const sizes = (await gpuMemory()).map(({ total }) => total);
  return sizes.length > 0 ? Math.max(...sizes) : undefined;
}

/** Bytes of the checkpoints of a run that are there at once: the last ones, the best, and one that is being written. */
export function checkpointBytes({ model, parameters, checkpoint: { keep } }: RunConfig): { readonly each: number; readonly all: number } {
  // Weights and two moments.
  const each = 3 * 4 * trainedNumbers(readModelConfig(model.folder), parameters);
  return { each, all: each * (keep + 2) };
}

/** Whether the disk holds them. */
export function diskFinding(config: RunConfig, home: string, free = freeBytes(home)): Finding {
  const { keep } = config.checkpoint;
  const { each, all: needed } = checkpointBytes(config);
  const detail = `checkpoints of ${size(each)}: ${size(needed)} for the last ${keep}, the best and the one being written; ${size(free)} are free`;
  if (needed <= free) return { title: 'disk', status: 'ok', detail };
  const remedy = keep > 1 && each * 3 <= free ? `checkpoint.keep 1 needs ${size(each * 3)}` : `free ${size(needed - free)}`;
  return { title: 'disk', status: 'problem', detail: `${detail}; ${remedy}` };
}
