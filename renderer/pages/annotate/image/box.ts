import type { Box } from '../edit/use-editor.ts';

// Boxes are 0–1000 of the image's width and height, whole numbers, never without area.

export type Point = readonly [number, number];

const most = 1000;
/** A box is at least this wide and high. */
const least = 4;

const within = (value: number): number => Math.min(most, Math.max(0, Math.round(value)));

/** The box between two corners, whichever they are; nothing where it has no area worth the name. */
export function boxBetween([x0, y0]: Point, [x1, y1]: Point): Box | undefined {
  const box: Box = [within(Math.min(x0, x1)), within(Math.min(y0, y1)), within(Math.max(x0, x1)), within(Math.max(y0, y1))];
  return box[2] - box[0] < least || box[3] - box[1] < least ? undefined : box;
}

/** The box elsewhere, as large as before: it stops at the image's edges. */
export function moved([x0, y0, x1, y1]: Box, dx: number, dy: number): Box {
  const x = Math.max(-x0, Math.min(most - x1, Math.round(dx)));
  const y = Math.max(-y0, Math.min(most - y1, Math.round(dy)));
  return [x0 + x, y0 + y, x1 + x, y1 + y];
}

/** The box with its lower right corner elsewhere. */
export const resized = ([x0, y0, x1, y1]: Box, dx: number, dy: number): Box => [x0, y0, Math.max(x0 + least, within(x1 + dx)), Math.max(y0 + least, within(y1 + dy))];

/** What a pointer takes hold of: a corner, by the opposite one that stays, the box, or nothing. `reach`: of a corner, in both directions. */
export function gripOf(box: Box | null, [x, y]: Point, [reachX, reachY]: Point): { readonly kind: 'corner'; readonly fixed: Point } | { readonly kind: 'inside' } | { readonly kind: 'outside' } {
  if (!box) return { kind: 'outside' };
  const [x0, y0, x1, y1] = box;
  const corner = ([[x0, y0, x1, y1], [x1, y0, x0, y1], [x0, y1, x1, y0], [x1, y1, x0, y0]] as const).find(([cx, cy]) => Math.abs(x - cx) <= reachX && Math.abs(y - cy) <= reachY);
  if (corner) return { kind: 'corner', fixed: [corner[2], corner[3]] };
  return x >= x0 && x <= x1 && y >= y0 && y <= y1 ? { kind: 'inside' } : { kind: 'outside' };
}

export const boxText = (box: Box | null): string => box?.join(', ') ?? '';

/** `366, 723, 506, 851`, in brackets or not; nothing where it is no box. */
export function boxIn(text: string): Box | null {
  const numbers = (text.match(/\d+(?:\.\d+)?/g) ?? []).map(Number);
  const [x0, y0, x1, y1] = numbers;
  if (numbers.length !== 4 || x0 === undefined || y0 === undefined || x1 === undefined || y1 === undefined) return null;
  return boxBetween([x0, y0], [x1, y1]) ?? null;
}

const written = /\[\s*\d+(?:\.\d+)?(?:\s*,\s*\d+(?:\.\d+)?){3}\s*\]/;

/** The question with the box in it, in place of the one that it names, else at its end: so MAT's questions name theirs. */
export function questionWithBox(question: string, box: Box): string {
  const words = `[${boxText(box)}]`;
  return written.test(question) ? question.replace(written, words) : `${question}${question === '' || /\s$/.test(question) ? '' : ' '}${words}`;
}

export const namesBox = (question: string, box: Box | null): boolean => box !== null && question.includes(`[${boxText(box)}]`);
