import { RandomStream } from '../../generation/random.ts';
import type { Sample } from '../../records/sample.ts';
import { colours } from './draw.ts';
import { digits } from './glyphs.ts';
import { choose } from './random.ts';
import { type Attribute, facts } from './world.ts';

/** Every answer that a question of MAT-mini may have, equally likely. */
export function possibleAnswers({ question }: Sample): readonly string[] {
  if (question === 'which colour and digit ?') return Object.keys(colours).flatMap((colour) => digits.map((digit) => `${colour} ${digit}`));
  const attribute = /^which (\w+) does it like \?$/.exec(question)?.[1];
  return attribute !== undefined && Object.hasOwn(facts, attribute) ? facts[attribute as Attribute] : digits;
}

/** One of the possible answers, by the seed: what chance gives, a yardstick for what an agent has learnt. */
export const guessCompletion = (sample: Sample, seed: number): string => `<think>a guess</think><answer>${choose(new RandomStream(seed, 1), possibleAnswers(sample))}</answer>`;
