import { solutionOf } from '../agent/step-mode.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { ChainStep, Sample } from '../records/sample.ts';
import { customRewardName } from '../reward/custom.ts';
import { rewardRules } from '../reward/rules.ts';

/** @throws InputError for rewards that there are not, that share a name, or of which none counts. */
export function checkRewards({ reward, data }: RunConfig): void {
  const unknown = Object.keys(reward.weights).find((name) => !Object.hasOwn(rewardRules, name));
  if (unknown !== undefined) throw new InputError({ thing: `reward.weights.${unknown}`, expected: Object.keys(rewardRules).join(', '), found: unknown, remedy: 'Correct the name, or put a reward of your own under reward.custom.' });
  if ([...Object.values(reward.weights), ...reward.custom.map(({ weight }) => weight)].every((weight) => weight === 0)) throw new InputError({ thing: 'reward.weights', expected: 'a weight that is not 0', found: 'none', remedy: `Weigh at least ${data.mode === 'step' ? 'format' : 'answer'}.` });
  // The figures of a run tell rewards apart by their names alone.
  const taken = new Map(Object.keys(rewardRules).map((name) => [name, 'the built-in reward']));
  for (const { file } of reward.custom) {
    const name = customRewardName(file);
    const other = taken.get(name);
    if (other !== undefined) throw new InputError({ thing: `reward.custom: ${file}`, expected: 'a name that no other reward has', found: `${name}, as ${other} is called`, remedy: 'Give the file another name.' });
    taken.set(name, file);
  }
}

/** Kinds of steps whose reward compares with the annotator's action; code is judged by what it does. */
const compared: ReadonlySet<ChainStep['kind']> = new Set(['search', 'problem', 'answer']);

/** What is amiss with annotated steps, in words. @param steps Samples of one step each. */
export function stepNotes(steps: readonly Sample[]): readonly string[] {
  const bare = steps.filter(({ chain: [step] = [] }) => step && compared.has(step.kind) && solutionOf(step).kind !== step.kind);
  return bare[0] ? [`${bare.length} of ${steps.length} solutions are not one action of their step’s kind, the first that of ${bare[0].id}: rewards have nothing right to compare with there`] : [];
}

/** Samples of episodes whose answers nothing can be compared with, in words. @param effect What becomes of them. */
export function answerNotes(samples: readonly Sample[], effect: string): readonly string[] {
  const bare = samples.filter(({ answers }) => answers.length === 0);
  return bare[0] ? [`${bare.length} of ${samples.length} samples have no right answer to compare with, the first ${bare[0].id}: ${effect}`] : [];
}

/** Whether answers are compared with those of the samples. */
export const comparesAnswers = ({ method, data, reward: { weights } }: RunConfig): boolean => method !== 'sft' && data.mode === 'episode' && (['answer', 'answer-em'] as const).some((name) => (weights[name] ?? 0) !== 0);
