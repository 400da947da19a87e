import path from 'node:path';
import { z } from 'zod';

/** Where a run's configuration says that its samples are. */
const configured = z.object({ data: z.object({ train: z.unknown(), heldOut: z.unknown(), demonstrations: z.unknown() }).partial() });

/** Absolute paths of data in a run's configuration. */
export function dataIn(config: unknown): readonly string[] {
  const { train, heldOut, demonstrations } = configured.safeParse(config).data?.data ?? {};
  return [train, heldOut, demonstrations].flat().filter((each): each is string => typeof each === 'string' && path.isAbsolute(each));
}
