import { RandomStream } from '../../generation/random.ts';
import { encodePng } from '../../model/image/encode.ts';
import type { ImageSource } from '../../records/policy.ts';
import type { Sample } from '../../records/sample.ts';
import type { RawImage } from '../../records/tools.ts';
import { type Damage, damage, damages } from './degrade.ts';
import { type Colour, type Corner, drawGlyph } from './draw.ts';
import { type Glyph, type Letter, digits, letters } from './glyphs.ts';
import { type Random, choose } from './random.ts';
import { type ToolName, tools } from './tools.ts';
import { type Attribute, type MiniSplit, type World, attributes, miniSplits, worldOfSplit } from './world.ts';

// MAT-mini: pictures of one character, damaged or not. A question about a digit is answered by looking, often after a
// repair; one about what a letter likes only by looking it up.

type Shared = {
  /** Its images are names, `<id>.png`; `keepImages` gives them references. */
  readonly sample: Sample;
  /** What the agent sees. */
  readonly image: RawImage;
  /** What the right tool would make of it, but for what a damage has destroyed. */
  readonly clean: RawImage;
};

export type CodingItem = Shared & {
  readonly kind: Damage;
  readonly character: Glyph;
  readonly colour: Colour;
  readonly asksColour: boolean;
  /** The right first action: a tool, or to answer at once. */
  readonly fix: ToolName | 'direct';
  /** The picture after the right tool, as Pillow gives it; for comparing an agent's own. */
  readonly fixed: RawImage;
};

export type SearchItem = Shared & { readonly kind: 'search'; readonly letter: Letter; readonly attribute: Attribute; readonly world: World };

export type MiniItem = CodingItem | SearchItem;

/** Half-size characters stand in one quarter of the picture: boxes as MAT writes them, in thousandths. */
const boxes: Readonly<Record<Corner, readonly [number, number, number, number]>> = { tl: [0, 0, 500, 500], tr: [500, 0, 1000, 500], bl: [0, 500, 500, 1000], br: [500, 500, 1000, 1000] };

const isCorner = (kind: Damage): kind is Corner => Object.hasOwn(boxes, kind);

export type Wishes = { readonly id: string; readonly world: World; readonly split?: string; /** Share of questions that need a search. */ readonly searchShare: number; readonly kind?: MiniItem['kind'] };

/** One item. The same stream of random numbers gives the same item on every machine. */
export function drawItem(random: Random, { id, world, split, searchShare, kind }: Wishes): MiniItem {
  const searches = kind === undefined ? random.next() < searchShare : kind === 'search';
  const item = searches ? drawSearch(random, id, world) : drawCoding(random, id, kind === undefined || kind === 'search' ? choose<Damage>(random, choose<readonly Damage[]>(random, damages)) : kind, choose(random, digits), random.next() < 0.3, 'digit');
  return split === undefined ? item : { ...item, sample: { ...item.sample, split } };
}

/** A clean picture of any character, asked for colour and character: teaches to read. */
export const drawReadingItem = (random: Random, id: string): CodingItem => drawCoding(random, id, 'none', choose<Glyph>(random, [...digits, ...letters]), true, 'character');

/**
 * Items `from` to `from + count` of a split, a quarter of which need a search. Every item depends on seed, split and
 * its number alone.
 */
export function miniItems(seed: number, split: MiniSplit, count: number, from = 0): readonly MiniItem[] {
  const world = worldOfSplit(seed, split);
  return Array.from({ length: count }, (_, i) => {
    const number = from + i;
    const random = new RandomStream(seed, 1 + number * miniSplits.length + miniSplits.indexOf(split));
    return drawItem(random, { id: `mini-${split}-${seed}-${number}`, world, split, searchShare: 0.25 });
  });
}

function drawCoding(random: Random, id: string, kind: Damage, character: Glyph, asksColour: boolean, noun: 'digit' | 'character'): CodingItem {
  const { image: drawn, colour } = drawGlyph(random, character, isCorner(kind) ? kind : undefined);
  const { issue, fix, apply } = damage[kind];
  const image = apply(drawn, random);
  const fixed = fix === 'direct' ? image : tools[fix].apply(image);
  const sample: Sample = {
    version: 1,
    id,
    task: 'coding',
    question: asksColour ? `which colour and ${noun} ?` : `which ${noun} ?`,
    answers: [asksColour ? `${colour} ${character}` : character],
    images: [`${id}.png`],
    ...(kind !== 'none' && { cleanImage: `${id}-clean.png` }),
    issues: [issue],
    ...(isCorner(kind) && { box: [...boxes[kind]] as [number, number, number, number] }),
    extra: { mini: { kind } },
  };
  return { sample, image, clean: isCorner(kind) ? fixed : drawn, kind, character, colour, asksColour, fix, fixed };
}

function drawSearch(random: Random, id: string, world: World): SearchItem {
  const letter = choose(random, letters);
  const attribute = choose(random, attributes);
  const { image } = drawGlyph(random, letter);
  const sample: Sample = { version: 1, id, task: 'search', question: `which ${attribute} does it like ?`, answers: [world[letter][attribute]], images: [`${id}.png`], extra: { mini: { kind: 'search', letter, attribute } } };
  return { sample, image, clean: image, kind: 'search', letter, attribute, world };
}

/** The item's sample with its images encoded and kept. */
export async function keepImages({ sample, image, clean }: MiniItem, images: Pick<ImageSource, 'put'>): Promise<Sample> {
  const shown = await images.put(await encodePng(image));
  return { ...sample, images: [shown], ...(sample.cleanImage !== undefined && { cleanImage: await images.put(await encodePng(clean)) }) };
}
