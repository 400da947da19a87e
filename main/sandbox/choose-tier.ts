import { InputError } from '../records/input-error.ts';
import { type Tier, tiers } from './tiers.ts';

/** The tier that ARFT_SANDBOX_TIER asks for; undefined where the best that works is wanted. @throws InputError for another name. */
export function chosenTier(): Tier | undefined {
  const name = process.env['ARFT_SANDBOX_TIER'];
  if (!name) return undefined;
  const tier = tiers.find((each) => each === name);
  if (!tier) throw new InputError({ thing: 'ARFT_SANDBOX_TIER', expected: tiers.join(', '), found: name, remedy: 'Leave it out to take the best tier that works.' });
  return tier;
}
