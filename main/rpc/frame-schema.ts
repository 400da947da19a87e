import { z } from 'zod';
import type { Frame } from '../../preload/rpc/frames.ts';

const id = z.int().min(1);

/** What a window may send. */
const fromWindow = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('request'), id, method: z.string().max(100), input: z.unknown().optional() }),
  z.strictObject({ kind: z.literal('credit'), id, count: z.int().min(1).max(1_000_000) }),
  z.strictObject({ kind: z.literal('cancel'), id }),
]);

/** The frame, or nothing where it is none that a window may send. */
export const readFrame = (value: unknown): Frame | undefined => {
  const read = fromWindow.safeParse(value);
  return read.success ? (read.data as Frame) : undefined;
};
