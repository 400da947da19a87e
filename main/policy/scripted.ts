import { z } from 'zod';
import { readFileOf } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import type { CompletionRequest, Policy } from '../records/policy.ts';
import { ToolFault } from '../records/tools.ts';

/** Writes the next completion of an episode; undefined where it has nothing to say. */
export type Script = (request: CompletionRequest) => string | undefined;

/** A policy without a model: for tests, for demonstrations, and as a yardstick. */
export const scriptedPolicy = (name: string, script: Script): Policy => ({
  name: `script:${name}`,
  complete: async (request, { signal, onText } = {}) => {
    signal?.throwIfAborted();
    const text = script(request);
    if (text === undefined) throw new ToolFault('policy', `the script ${name} has no completion for sample ${request.sample.id}, step ${request.turns.length + 1}`);
    onText?.(text);
    return { text, finishReason: 'stop', usage: { promptTokens: 0, completionTokens: 0, ms: 0 } };
  },
  close: async () => {},
});

const line = z.strictObject({ id: z.union([z.string(), z.number()]).transform(String), completions: z.array(z.string()).min(1) });

/**
 * A script from a file of JSON lines {id, completions: […]}: the completions of each sample, in order.
 * @throws InputError naming the file, and the line.
 */
export function scriptFile(file: string): Script {
  const byId = new Map<string, readonly string[]>();
  for (const [i, text] of readFileOf(file).toString('utf8').split('\n').entries()) {
    if (text.trim() === '') continue;
    const value = parseJson(text);
    const parsed = line.safeParse(value);
    if (!parsed.success) throw new InputError({ thing: `${file}: line ${i + 1}`, expected: '{"id": …, "completions": ["…"]}', found: schemaFaultText(parsed.error, value), remedy: 'Correct the line.' });
    byId.set(parsed.data.id, parsed.data.completions);
  }
  return ({ sample, turns }) => byId.get(sample.id)?.[turns.length];
}
