import type { RawImage } from '../../records/tools.ts';
import { digits, letters } from './glyphs.ts';
import type { CodingItem, MiniItem, SearchItem } from './items.ts';
import { type Random, choose } from './random.ts';
import { type ToolName, toolNames, tools } from './tools.ts';
import { attributes, bestPassage, facts } from './world.ts';

// The weak teacher of the supervised warm start: it knows the words and every tool, and often takes the wrong one. What
// it leaves to be learnt is when to use which.

/** Shares of items for which the right tool is taken, and of those that are answered at once; the rest is random. */
export type Mix = { readonly right: number; readonly direct: number };

export const defaultMix: Mix = { right: 0.35, direct: 0.35 };

/** A completion, and what comes back: a picture, or a passage's text. Nothing after the last. */
export type DemonstratedTurn = { readonly completion: string; readonly image?: RawImage; readonly information?: string };

/** What is said where a search finds nothing (resources/prompts/mini.yaml). */
const nothingFound = 'nothing found';

const answer = (text: string): DemonstratedTurn => ({ completion: `<think>clear</think><answer>${text}</answer>` });

/** An item's turns as the weak teacher takes them. Its answer is right where the last picture is legible or the passage the right one. */
export const demonstrate = (item: MiniItem, random: Random, mix: Mix = defaultMix): readonly DemonstratedTurn[] =>
  item.kind === 'search' ? demonstrateSearch(item, random, mix) : demonstrateCoding(item, random, mix);

function demonstrateCoding(item: CodingItem, random: Random, { right, direct }: Mix): readonly DemonstratedTurn[] {
  const luck = random.next();
  const tool: ToolName | 'direct' = luck < direct ? 'direct' : luck < direct + right ? item.fix : choose(random, toolNames);
  const legible = tool === item.fix || (item.kind === 'none' && tool === 'median');
  const character = legible ? item.character : choose(random, digits);
  const last = answer(item.asksColour ? `${item.colour} ${character}` : character);
  if (tool === 'direct') return [last];
  const { think, code, apply } = tools[tool];
  return [{ completion: `<think>${think}</think><code>${code}</code>`, image: apply(item.image) }, last];
}

function demonstrateSearch({ letter, attribute, world }: SearchItem, random: Random, { right, direct }: Mix): readonly DemonstratedTurn[] {
  const luck = random.next();
  if (luck < direct) return [answer(choose(random, facts[attribute]))];
  const query = luck < direct + right ? `${letter} ${attribute}` : poorQuery(random, letter, attribute);
  const information = bestPassage(world, query)?.text ?? nothingFound;
  return [{ completion: `<think>look it up</think><search>${query}</search>`, information }, answer(information.split(' ').at(-1) as string)];
}

/** Another attribute, another letter (at times the right one), or no letter at all. */
function poorQuery(random: Random, letter: string, attribute: string): string {
  const fault = choose(random, ['attribute', 'letter', 'nothing'] as const);
  if (fault === 'attribute') return `${letter} ${choose(random, attributes.filter((other) => other !== attribute))}`;
  return fault === 'letter' ? `${choose(random, letters)} ${attribute}` : attribute;
}
