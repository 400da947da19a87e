import type { PlannedWork } from '../../preload/contract/models.ts';
import type { PlanPart } from '../../preload/contract/plan-part.ts';
import { type GenerationPlanInput, planGeneration } from '../generation/plan.ts';
import { type ModelConfig, readModelConfig } from '../model/folder/config.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { largestGroups } from '../train/fit-training.ts';
import { type TrainingPlanInput, placeOf, planTraining } from '../train/plan-training.ts';
import { withKinds } from './plan-parts.ts';

export type Plan = { readonly where: 'memory' | 'device'; readonly parts: readonly PlanPart[]; readonly peakBytes: number; readonly processBytes: number | null; readonly trained: number | null };

/** What can be made smaller; `slots` are the completions of a training step that are written together. */
export type Setting = 'quantize' | 'slots' | 'completionTokens' | 'imagePixels' | 'group' | 'rank';
export type Remedy = { readonly changes: readonly { readonly setting: Setting; readonly value: string | number }[]; readonly peakBytes: number; readonly fits: boolean };
export type GpuFit = { readonly gib: number; readonly usableBytes: number; readonly peakBytes: number; readonly fits: boolean; readonly remedy: Remedy | null; /** With which the groups below are counted. */ readonly quantize: string; readonly groups: readonly { readonly completionTokens: number; readonly group: number }[] };

// A GPU's memory is also needed by the system and by the libraries.
const usableShare = 0.9;
const gibibyte = 1024 ** 3;
const lengths = [256, 512, 1024];

/** Work with what a plan needs besides. */
type Sized = PlannedWork & { readonly config: ModelConfig };

const sized = (work: PlannedWork): Sized => ({ ...work, config: readModelConfig(work.folder), slots: work.slots === 0 ? work.group : Math.min(work.slots, work.group) });

const promptTokens = ({ config: { vision }, words, imagePixels }: Sized): number => words + Math.round(imagePixels / (vision.patchSize * vision.mergeSize) ** 2);

/** @throws InputError when the folder's configuration cannot be used. */
export const planWork = (work: PlannedWork): Plan => planOf(sized(work));

function planOf(work: Sized): Plan {
  if (work.train !== '') {
    const { where, parts, peakBytes, parameters } = planTraining(trainingInput(work));
    return { where, parts: withKinds(parts), peakBytes, processBytes: null, trained: parameters };
  }
  const { where, parts, peakBytes, processBytes } = planGeneration(generationInput(work));
  return { where, parts: withKinds(parts), peakBytes, processBytes: where === 'device' ? processBytes : null, trained: null };
}

const generationInput = (work: Sized): GenerationPlanInput => ({
  config: work.config, provider: work.provider, precision: 'float32', imagePixels: work.imagePixels, promptTokens: promptTokens(work), completionTokens: work.completionTokens, group: work.group,
  ...(work.quantize !== '' && { quantize: parseScheme(work.quantize) }),
});

const trainingInput = (work: Sized): TrainingPlanInput => ({
  config: work.config,
  ...placeOf(work.provider),
  parameters: work.train === 'full' ? { kind: 'full', vision: false } : { kind: 'lora', rank: work.rank, targetModules: ['all-linear'], excludeModules: [] },
  imagePixels: work.imagePixels, promptTokens: promptTokens(work), completionTokens: work.completionTokens, group: work.group, slots: work.slots, reference: true, otherShapes: true,
  // All weights cannot be trained in few bits.
  ...(work.quantize !== '' && work.train === 'lora' && { quantize: parseScheme(work.quantize) }),
});

const halved = (n: number): number => Math.max(1, n >> 1);

/** What makes work smaller, the cheapest for its result first. */
const smaller: readonly { readonly setting: Setting; readonly next: (work: Sized) => Sized | undefined }[] = [
  { setting: 'quantize', next: (work) => (work.quantize === '' && work.train !== 'full' ? { ...work, quantize: 'int4' } : undefined) },
  { setting: 'slots', next: (work) => (work.train !== '' && work.slots > 1 ? { ...work, slots: halved(work.slots) } : undefined) },
  { setting: 'imagePixels', next: (work) => (work.imagePixels > 50_176 ? { ...work, imagePixels: halved(work.imagePixels) } : undefined) },
  { setting: 'completionTokens', next: (work) => (work.completionTokens > 64 ? { ...work, completionTokens: halved(work.completionTokens) } : undefined) },
  { setting: 'group', next: (work) => (work.group > (work.train === '' ? 1 : 2) ? { ...work, group: halved(work.group), slots: Math.min(work.slots, halved(work.group)) } : undefined) },
  { setting: 'rank', next: (work) => (work.train === 'lora' && work.rank > 4 ? { ...work, rank: halved(work.rank) } : undefined) },
];

export const remedyFor = (work: PlannedWork, bytes: number): Remedy => remedyOf(sized(work), bytes);

/**
 * The fewest changes with which work fits into so many bytes: one alone where one does, the cheapest first; else the one
 * that saves the most, and then again. Where nothing helps, what all of them come to.
 */
function remedyOf(wanted: Sized, bytes: number): Remedy {
  const changed: Setting[] = [];
  let work = wanted;
  let { peakBytes } = planOf(work);
  while (peakBytes > bytes) {
    let best: { readonly setting: Setting; readonly work: Sized; readonly peakBytes: number } | undefined;
    for (const { setting, next } of smaller.filter((each) => !changed.includes(each.setting))) {
      const tried = shrunk(work, next, bytes);
      if (!tried || tried.peakBytes >= (best?.peakBytes ?? peakBytes)) continue;
      best = { setting, ...tried };
      if (best.peakBytes <= bytes) break;
    }
    if (!best) break;
    changed.push(best.setting);
    ({ work, peakBytes } = best);
  }
  return { changes: changed.map((setting) => ({ setting, value: work[setting] })), peakBytes, fits: peakBytes <= bytes };
}

/** Made smaller in one way until it fits, or as far as it goes. */
function shrunk(work: Sized, next: (work: Sized) => Sized | undefined, bytes: number): { readonly work: Sized; readonly peakBytes: number } | undefined {
  const first = next(work);
  if (!first) return undefined;
  let at: Sized = first;
  for (;;) {
    const { peakBytes } = planOf(at);
    const further: Sized | undefined = peakBytes > bytes ? next(at) : undefined;
    if (!further) return { work: at, peakBytes };
    at = further;
  }
}

/** What GPUs could do with the work: whether it fits, what would make it fit, and for training the largest groups by length. */
export async function gpuFits(wanted: PlannedWork, gib: readonly number[]): Promise<readonly GpuFit[]> {
  const work = sized({ ...wanted, provider: wanted.provider === 'cpu' ? 'webgpu' : wanted.provider });
  const { peakBytes } = planOf(work);
  const told: GpuFit[] = [];
  for (const size of gib) {
    const usableBytes = usableShare * size * gibibyte;
    const fits = peakBytes <= usableBytes;
    const remedy = fits ? null : remedyOf(work, usableBytes);
    const held = remedy?.changes.some(({ setting }) => setting === 'quantize') ? { ...work, quantize: 'int4' as const } : work;
    const groups = held.train === '' ? [] : (await largestGroups(trainingInput(held), usableBytes, lengths)).map(({ completionTokens, group }) => ({ completionTokens, group }));
    told.push({ gib: size, usableBytes, peakBytes, fits, remedy, quantize: held.quantize, groups });
  }
  return told;
}
