import { RandomStream } from '../../generation/random.ts';
import type { Passage } from '../../records/trajectory.ts';
import { colours } from './draw.ts';
import { type Letter, letters } from './glyphs.ts';
import { type Random, choose, shuffled } from './random.ts';

export const miniSplits = ['train', 'validation', 'test'] as const;

export type MiniSplit = (typeof miniSplits)[number];

/** What may be known about a letter, and what it may be. */
export const facts = { colour: Object.keys(colours), animal: ['cat', 'dog', 'fish', 'bird', 'frog'], food: ['rice', 'soup', 'bread', 'cake', 'plum'] } as const satisfies Readonly<Record<string, readonly string[]>>;

export type Attribute = keyof typeof facts;

export const attributes = Object.keys(facts) as readonly Attribute[];

/** What each letter likes. */
export type World = Readonly<Record<Letter, Readonly<Record<Attribute, string>>>>;

const worldOf = (fact: (letter: Letter, attribute: Attribute) => string): World =>
  Object.fromEntries(letters.map((letter) => [letter, Object.fromEntries(attributes.map((attribute) => [attribute, fact(letter, attribute)]))])) as World;

/** A world of its own: for demonstrations, where each item has another, so that only reading the passage helps. */
export const drawWorld = (random: Random): World => worldOf((_, attribute) => choose(random, facts[attribute]));

/** The world of a split. No fact is the same in two splits: what was learnt by heart in one is wrong in the others. */
export function worldOfSplit(seed: number, split: MiniSplit): World {
  const random = new RandomStream(seed, 0);
  return worldOf((_, attribute) => shuffled(random, facts[attribute])[miniSplits.indexOf(split)] as string);
}

/** The corpus of a world: a passage for each fact. */
export const passagesOf = (world: World): readonly Passage[] =>
  letters.flatMap((letter) => attributes.map((attribute) => ({ id: `${letter}-${attribute}`, title: `${letter} ${attribute}`, text: `${letter} ${attribute} is ${world[letter][attribute]}` })));

/** The passage that shares most words with a query, the first of several; what a search engine would bring, for demonstrations. */
export function bestPassage(world: World, query: string): Passage | undefined {
  const words = new Set(query.split(' '));
  const shared = ({ title }: Passage): number => title.split(' ').filter((word) => words.has(word)).length;
  return passagesOf(world).filter((passage) => shared(passage) > 0).sort((a, b) => shared(b) - shared(a))[0];
}
