import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
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
