import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import type { Sample } from '../../records/sample.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import type { Observation } from '../../records/trajectory.ts';
import { type Damage, damage } from './degrade.ts';
import { letters } from './glyphs.ts';
import { programOf, tools } from './tools.ts';
import { type Attribute, attributes } from './world.ts';

/** What an item's record tells its expert (`extra.mini`); it survives MAT's own files. */
const hint = z.union([
  z.strictObject({ kind: z.literal('search'), letter: z.enum(letters), attribute: z.enum(attributes as [Attribute, ...Attribute[]]) }),
  z.strictObject({ kind: z.enum(Object.keys(damage) as [Damage, ...Damage[]]) }),
]);

/** What MAT-mini notes of an item. @throws InputError for a sample that is not of MAT-mini. */
export function miniHint(sample: Sample): z.infer<typeof hint> {
  const parsed = hint.safeParse(sample.extra?.['mini']);
  if (parsed.success) return parsed.data;
  throw new InputError({ thing: `sample ${sample.id}: extra.mini`, expected: 'what MAT-mini notes of an item', found: schemaFaultText(parsed.error, sample.extra?.['mini']), remedy: 'Use items that `arft data mini` wrote.' });
}

/**
 * The right completion of an item of MAT-mini, given what came back so far: the repair as a program, and the answer if it
 * ran; the query, and the answer that the passage names. Without a fitting observation it says that it does not know.
 * @throws InputError for a sample that is not of MAT-mini.
 */
export function expertCompletion(sample: Sample, observations: readonly Observation[]): string {
  const item = miniHint(sample);
  const last = observations.at(-1);
  if (item.kind === 'search') {
    if (!last) return `<think>look it up</think><search>${item.letter} ${item.attribute}</search>`;
    return answer(last.kind === 'information' ? factIn(last.passages.map(({ text }) => text), `${item.letter} ${item.attribute} is `) : undefined);
  }
  const { fix } = damage[item.kind];
  if (fix === 'direct') return answer(sample.answers[0]);
  if (!last) return `<think>${tools[fix].think}</think><code>\n\`\`\`python\n${programOf(tools[fix].code)}\n\`\`\`\n</code>`;
  return answer(last.kind === 'code' && last.status === 'ok' && last.outputs.length > 0 ? sample.answers[0] : undefined);
}

const factIn = (texts: readonly string[], opening: string): string | undefined =>
  texts.flatMap((text) => (text.startsWith(opening) ? [text.slice(opening.length)] : []))[0];

const answer = (text: string | undefined): string => `<think>${text === undefined ? 'no help' : 'clear'}</think><answer>${text ?? 'unknown'}</answer>`;
