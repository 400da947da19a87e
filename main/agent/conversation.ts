import type { ChatMessage } from '../records/chat.ts';
import type { ChainStep, Sample } from '../records/sample.ts';
import type { Observation, Turn } from '../records/trajectory.ts';
import { toolDescriptions } from './protocols/tool-calls.ts';
import { type PromptSet, fill } from './prompts.ts';

type Part = Exclude<ChatMessage['content'], string>[number];

/** Longest output of a program that a policy is shown, in characters of each stream. */
const shownOutput = 2000;

export type EpisodeMode = 'agent' | 'direct';

/**
 * An episode as a conversation: instructions, images and question; then every completion and what came back.
 * @param last Whether the next completion is the last that the policy may write.
 */
export function messagesOf(prompts: PromptSet, mode: EpisodeMode, sample: Sample, turns: readonly Turn[], last: boolean): readonly ChatMessage[] {
  const opening = openingOf(prompts, mode === 'direct' ? prompts.direct : prompts[sample.task], sample, sample.images);
  return turns.reduce<readonly ChatMessage[]>((messages, { completion, observation }, i) => {
    const closing = last && i === turns.length - 1 ? prompts.observations.lastStep : '';
    const answer: readonly ChatMessage[] = observation ? [{ role: 'user', content: observationParts(prompts, observation, closing) }] : [];
    return [...messages, { role: 'assistant', content: completion }, ...answer];
  }, opening);
}

/** A step of an annotated chain as a prompt: instructions, image, question and the chain so far (the paper's training data). */
export function messagesOfStep(prompts: PromptSet, sample: Sample, step: ChainStep): readonly ChatMessage[] {
  const images = step.image === undefined ? sample.images : [step.image];
  const opening = openingOf(prompts, prompts[sample.task], sample, images);
  const question = opening.at(-1) as ChatMessage;
  const context: Part[] = step.context === '' ? [] : [{ type: 'text', text: step.context }];
  return [...opening.slice(0, -1), { role: question.role, content: [...(question.content as Part[]), ...context] }];
}

function openingOf(prompts: PromptSet, { system, user }: PromptSet['coding'], sample: Sample, images: readonly string[]): readonly ChatMessage[] {
  const values = { question: sample.question, tools: `# Tools\n\n${toolDescriptions.map((tool) => JSON.stringify(tool)).join('\n')}\n\nWrite a call as <tool_call>{"name": …, "arguments": {…}}</tool_call>.` };
  const content: Part[] = [...images.map((image): Part => ({ type: 'image', image })), { type: 'text', text: fill(user, values) }];
  return [...(system === '' ? [] : [{ role: 'system' as const, content: fill(system, values) }]), { role: 'user', content }];
}

/** What the world answered, as a policy is shown it. Never empty. */
function observationParts(prompts: PromptSet, observation: Observation, closing: string): Part[] {
  const { texts, image } = shown(prompts, observation);
  const text = [...texts, closing].filter((each) => each !== '').join('\n');
  const parts: Part[] = [...(image === undefined ? [] : [{ type: 'image' as const, image }]), ...(text === '' ? [] : [{ type: 'text' as const, text }])];
  return parts.length > 0 ? parts : [{ type: 'text', text: '' }];
}

function shown({ observations }: PromptSet, observation: Observation): { readonly texts: readonly string[]; readonly image?: string } {
  switch (observation.kind) {
    case 'information': {
      if (observation.passages.length === 0) return { texts: [observations.nothing] };
      const passages = observation.passages.map(({ title, text }, i) => fill(observations.passage, { number: String(i + 1), title, text }));
      return { texts: [fill(observations.information, { passages: passages.join('\n') })] };
    }
    case 'code': {
      if (observation.status !== 'ok') return { texts: [fill(observations.failed, { status: observation.status, stderr: tail(observation.stderr), stdout: head(observation.stdout) })] };
      const printed = observation.stdout.trim() === '' ? '' : fill(observations.output, { stdout: head(observation.stdout) });
      const image = observation.outputs.at(-1)?.image;
      return image === undefined ? { texts: [printed, observations.noImage] } : { texts: [printed, observations.image], image };
    }
    case 'notice':
      return { texts: [observation.text] };
  }
}

const head = (text: string): string => (text.length > shownOutput ? `${text.slice(0, shownOutput)} […]` : text.trimEnd());
/** Of an error the end says what happened. */
const tail = (text: string): string => (text.length > shownOutput ? `[…] ${text.slice(-shownOutput)}` : text.trimEnd());
