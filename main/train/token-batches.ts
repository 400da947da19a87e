import type { TrainingBatch } from '../model/training/batch.ts';
import type { PatchedImage } from '../model/vision-model.ts';
import type { Observation, Turn } from '../records/trajectory.ts';
import type { Rollout } from './roll-out.ts';

/** A group's episodes as the trainer takes them, with the sampler's logprobs. */
export type GroupTokens = {
  readonly batch: TrainingBatch;
  /** Places of the rows among the step's rollouts. */
  readonly members: readonly number[];
  /** For each row: a logprob for each token, 0 where the mask is 0. */
  readonly samplerLogprobs: readonly Float32Array[];
  /** Whether an episode was cut off at a limit of length. */
  readonly truncated: readonly boolean[];
};

/**
 * The rollouts that can be learnt from, group by group: token ids as they were sampled, never encoded again. The prompt
 * of a group is the first turn's context; what came later, images included, belongs to its row.
 * @param image The processed image of a reference.
 */
export async function tokenBatches(rollouts: readonly Rollout[], image: (reference: string) => Promise<PatchedImage>): Promise<readonly GroupTokens[]> {
  const groups = Map.groupBy(rollouts.keys(), (i) => (rollouts[i] as Rollout).group);
  const made: GroupTokens[] = [];
  for (const members of groups.values()) {
    const first = rollouts[members[0] as number] as Rollout;
    const prompt = contextOf(first, first.trajectory.turns[0] as Turn);
    const rows = [];
    const samplerLogprobs: Float32Array[] = [];
    for (const member of members) {
      const { row, logprobs } = await rowOf(rollouts[member] as Rollout, prompt, image);
      rows.push(row);
      samplerLogprobs.push(logprobs);
    }
    const images = await Promise.all(first.sample.images.map(image));
    made.push({ batch: { prompt: { ids: prompt, images }, rows }, members, samplerLogprobs, truncated: members.map((member) => isTruncated(rollouts[member] as Rollout)) });
  }
  return made;
}

/** Prompts up to this length are not worth a pass for each group: their groups go through the model together. */
export const shortPrompt = 128;
/** Tokens of a joined pass. */
export const joinedTokens = 8192;

/**
 * Puts groups with short prompts together: what all their prompts begin with is the common prompt, the rest belongs to the
 * rows, where nothing is learnt from it. Long prompts keep a pass of their own, so that each runs once; so do prompts that
 * share no beginning, as those of a chat template that says nothing before the question, or an image.
 */
export function joinShort(groups: readonly GroupTokens[], imageToken: number): readonly GroupTokens[] {
  const joins = ({ batch: { prompt: { ids } } }: GroupTokens): boolean => ids.length <= shortPrompt && ids[0] !== imageToken;
  const alike = Map.groupBy(groups.filter(joins), ({ batch }) => batch.prompt.ids[0]);
  const parts = [...alike.values()].flatMap(inParts);
  return [...groups.filter((group) => !joins(group)), ...parts.map((part) => (part.length === 1 ? (part[0] as GroupTokens) : joinGroups(part, imageToken)))];
}

/** Groups in their order, cut where a joined pass would have too many tokens. */
function inParts(groups: readonly GroupTokens[]): readonly (readonly GroupTokens[])[] {
  const parts: GroupTokens[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const group of groups) {
    const size = group.batch.rows.reduce((sum, { ids }) => sum + group.batch.prompt.ids.length + ids.length, 0);
    if (tokens + size > joinedTokens) {
      parts.push([]);
      tokens = 0;
    }
    parts.at(-1)?.push(group);
    tokens += size;
  }
  return parts;
}

function joinGroups(groups: readonly GroupTokens[], imageToken: number): GroupTokens {
  const prompts = groups.map(({ batch }) => batch.prompt.ids);
  const [first] = prompts as [readonly number[]];
  const differs = first.findIndex((id, i) => prompts.some((other) => other[i] !== id));
  // An image stays whole, with its row.
  const image = first.indexOf(imageToken);
  const common = Math.min(differs < 0 ? first.length : differs, image < 0 ? first.length : image);
  return {
    batch: {
      prompt: { ids: first.slice(0, common), images: [] },
      rows: groups.flatMap(({ batch: { prompt, rows } }) => {
        const rest = prompt.ids.slice(common);
        return rows.map(({ ids, mask, images }) => ({ ids: [...rest, ...ids], mask: [...rest.map(() => 0), ...Array.from(mask)], images: [...prompt.images, ...images] }));
      }),
    },
    members: groups.flatMap(({ members }) => members),
    samplerLogprobs: groups.flatMap(({ batch, samplerLogprobs }) => samplerLogprobs.map((own) => Float32Array.from([...new Float32Array(batch.prompt.ids.length - common), ...own]))),
    truncated: groups.flatMap(({ truncated }) => truncated),
  };
}

/** Where each row of a batch begins among all its tokens, and their number. */
export const offsetsOf = ({ batch }: Pick<GroupTokens, 'batch'>): readonly number[] => batch.rows.reduce<number[]>((offsets, { ids }) => [...offsets, (offsets.at(-1) as number) + ids.length], [0]);

/** Cut off: by the length of a completion, or by the episode's own limit of tokens. */
export const isTruncated = ({ trajectory: { turns, ending } }: Rollout): boolean => ending.kind === 'tokenLimit' || turns.at(-1)?.finishReason === 'length';

function contextOf({ sample, trajectory }: Rollout, { tokens }: Turn): readonly number[] {
  if (!tokens) throw new Error(`sample ${sample.id}: a turn without token ids; only a local policy can be trained (${trajectory.policy})`);
  return tokens.context;
}

async function rowOf(rollout: Rollout, prompt: readonly number[], image: (reference: string) => Promise<PatchedImage>) {
  const ids: number[] = [];
  const mask: number[] = [];
  const logprobs: number[] = [];
  const images: PatchedImage[] = [];
  const { turns } = rollout.trajectory;
  for (const [i, turn] of turns.entries()) {
    const context = contextOf(rollout, turn);
    if (i === 0 && context.join() !== prompt.join()) throw new Error(`sample ${rollout.sample.id}: the episodes of a group have different prompts`);
    if (i > 0) {
      for (const reference of shownImages((turns[i - 1] as Turn).observation)) images.push(await image(reference));
      ids.push(...context);
      mask.push(...context.map(() => 0));
      logprobs.push(...context.map(() => 0));
    }
    const { sampled, logprobs: own } = turn.tokens as NonNullable<Turn['tokens']>;
    ids.push(...sampled);
    mask.push(...sampled.map(() => 1));
    logprobs.push(...own);
  }
  return { row: { ids, mask: Uint8Array.from(mask), images }, logprobs: Float32Array.from(logprobs) };
}

/** The images that an observation put into the conversation (main/agent/conversation.ts shows the last one). */
const shownImages = (observation: Observation | null): readonly string[] => {
  const last = observation?.kind === 'code' && observation.status === 'ok' ? observation.outputs.at(-1) : undefined;
  return last ? [last.image] : [];
};
