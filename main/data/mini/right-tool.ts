import type { RawImage } from '../../records/tools.ts';
import type { Sample } from '../../records/sample.ts';
import type { Trajectory } from '../../records/trajectory.ts';
import { damage } from './degrade.ts';
import { miniHint } from './expert.ts';
import { tools } from './tools.ts';

/**
 * Whether an agent's first action was the right one: an answer where the picture is clear, code that gives the very
 * pixels of the right repair, a query with the letter and the attribute.
 * @param image Decodes the image of a reference.
 */
export async function usedRightTool(sample: Sample, { turns }: Pick<Trajectory, 'turns'>, image: (reference: string) => Promise<RawImage>): Promise<boolean> {
  const hint = miniHint(sample);
  const [first] = turns;
  if (!first) return false;
  if (hint.kind === 'search') return first.action.kind === 'search' && [hint.letter, hint.attribute].every((word) => first.action.kind === 'search' && first.action.query.split(' ').includes(word));
  const { fix } = damage[hint.kind];
  if (fix === 'direct') return first.action.kind === 'answer';
  const output = first.observation?.kind === 'code' && first.observation.status === 'ok' ? first.observation.outputs.at(-1) : undefined;
  if (!output) return false;
  const wanted = tools[fix].apply(await image(sample.images[0] as string));
  const got = await image(output.image);
  return got.width === wanted.width && got.height === wanted.height && Buffer.compare(got.data, wanted.data) === 0;
}
