import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { planGeneration } from '../../main/generation/plan.ts';
import { homeFolder } from '../../main/home.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { type LoadOptions, loadModel } from '../../main/model/load.ts';
import { schemes } from '../../main/model/quantize/scheme.ts';
import { planTraining } from '../../main/train/plan-training.ts';
import type { Benchmark, Report } from './benchmark.ts';
import type { TrainingSizes } from './measure-training.ts';
import { benchModel } from './models.ts';

type Case = { readonly shape: string; readonly quantize?: string; readonly patches: number; readonly prompt: number; readonly completion: number; readonly group: number };

const cases: readonly Case[] = [
  { shape: 'small', patches: 0, prompt: 200, completion: 50, group: 1 },
  { shape: 'small', patches: 32, prompt: 1000, completion: 200, group: 8 },
  { shape: 'small', patches: 50, prompt: 2000, completion: 200, group: 8 },
  { shape: 'six-layers-of-3b', patches: 0, prompt: 512, completion: 16, group: 4 },
  { shape: 'six-layers-of-3b', quantize: 'int4', patches: 0, prompt: 512, completion: 64, group: 8 },
  { shape: 'six-layers-of-3b', quantize: 'int4', patches: 28, prompt: 1500, completion: 100, group: 8 },
];

type TrainingCase = TrainingSizes & { readonly shape: string; readonly quantize?: string };

const trainingCases: readonly TrainingCase[] = [
  { shape: 'starter', kind: 'lora', rank: 16, patches: 4, prompt: 60, completion: 32, group: 8, reference: false },
  { shape: 'small', kind: 'lora', rank: 16, patches: 32, prompt: 1000, completion: 200, group: 8, reference: true },
  { shape: 'small', kind: 'lora', rank: 16, patches: 50, prompt: 2000, completion: 400, group: 8, reference: true },
  { shape: 'small', kind: 'full', rank: 16, patches: 32, prompt: 1000, completion: 200, group: 4, reference: false },
  { shape: 'six-layers-of-3b', quantize: 'int4', kind: 'lora', rank: 16, patches: 28, prompt: 512, completion: 64, group: 4, reference: true },
];

const starter = path.join(import.meta.dirname, '../../resources/starter');

function measureTraining({ shape, quantize, ...sizes }: TrainingCase, figure: Report['figure']): void {
  const folder = shape === 'starter' ? starter : benchModel(shape);
  const scheme = quantize === undefined ? undefined : schemes[quantize];
  const options: LoadOptions = { dataFolder: homeFolder(), ...(scheme && { quantize: scheme }) };
  const script = path.join(import.meta.dirname, 'measure-training.ts');
  const { peakBytes } = JSON.parse(execFileSync(process.execPath, [script, folder, JSON.stringify(options), JSON.stringify(sizes)], { encoding: 'utf8' })) as { peakBytes: number };
  const { kind, rank, patches, prompt, completion, group, reference } = sizes;
  const planned = planTraining({
    config: readModelConfig(folder), where: 'memory', ...(scheme && { quantize: scheme }), parameters: kind === 'full' ? { kind, vision: false } : { kind, rank, targetModules: ['all-linear'], excludeModules: [] },
    imagePixels: (patches * 14) ** 2, promptTokens: prompt, completionTokens: completion, group, slots: group, reference, otherShapes: false,
  });
  const name = `train ${shape}${quantize ? ` ${quantize}` : ''} ${kind}, P ${prompt}, G ${group}, R ${completion}`;
  figure(`${name}: measured`, peakBytes / 1024 ** 2, 'MiB');
  figure(`${name}: planned`, planned.peakBytes / peakBytes, '× measured');
}

/** Whole runs, whose episodes are of varied lengths: programs meet longer rows than those that they were compiled for. */
const runs: readonly { readonly preset: string; readonly settings: readonly string[] }[] = [{ preset: 'quickstart', settings: ['steps=15'] }];

function measureRun({ preset, settings }: (typeof runs)[number], figure: Report['figure']): void {
  const { peakBytes, planned } = JSON.parse(execFileSync(process.execPath, [path.join(import.meta.dirname, 'measure-run.ts'), preset, ...settings], { encoding: 'utf8' })) as { peakBytes: number; planned: number };
  const name = `run ${preset}, ${settings.join(', ')}`;
  figure(`${name}: measured`, peakBytes / 1024 ** 2, 'MiB');
  figure(`${name}: planned`, planned / peakBytes, '× measured');
}

export const memory: Benchmark = {
  name: 'memory',
  summary: 'peak memory of generations, of steps of training and of whole runs against what `arft plan` predicts',
  options: { only: { type: 'string' } },
  run: async ({ only }, { figure }) => {
    if (only !== 'generation') {
      for (const each of runs) measureRun(each, figure);
      for (const each of trainingCases) measureTraining(each, figure);
    }
    if (only === 'training') return;
    for (const { shape, quantize, patches, prompt, completion, group } of cases) {
      const folder = benchModel(shape);
      const scheme = quantize === undefined ? undefined : schemes[quantize];
      const options: LoadOptions = { dataFolder: homeFolder(), ...(scheme && { quantize: scheme }) };
      // The quantised copy is made beforehand: its making is no generation.
      if (scheme) await (await loadModel(folder, options)).release();
      const script = path.join(import.meta.dirname, 'measure-generation.ts');
      const sizes = { patches: [patches, patches], prompt, completion, group };
      const { peakBytes } = JSON.parse(execFileSync(process.execPath, [script, folder, JSON.stringify(options), JSON.stringify(sizes)], { encoding: 'utf8' })) as { peakBytes: number };
      const planned = planGeneration({
        config: readModelConfig(folder), provider: 'cpu', precision: 'float32', imagePixels: (patches * 14) ** 2, promptTokens: prompt, completionTokens: completion, group, ...(scheme && { quantize: scheme }),
      });
      const name = `${shape}${quantize ? ` ${quantize}` : ''}, P ${prompt}, G ${group}, R ${completion}, image ${patches * 14}²`;
      figure(`${name}: measured`, peakBytes / 1024 ** 2, 'MiB');
      figure(`${name}: planned`, planned.peakBytes / peakBytes, '× measured');
    }
  },
};
