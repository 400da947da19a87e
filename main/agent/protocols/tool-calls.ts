import { z } from 'zod';
import type { Action } from '../../records/action.ts';
import { parseJson } from '../../records/parse-json.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { type Block, blocksOf, invalid, longest } from './blocks.ts';
import { namesOf, unfenced } from './tags.ts';

// JSON tool calls as Qwen's chat template writes them: <tool_call>{"name": …, "arguments": {…}}</tool_call>. What stands
// before a call is the thought; a message without a call is the answer.

const call = z.discriminatedUnion('name', [
  z.object({ name: z.literal('search'), arguments: z.object({ query: z.string() }) }),
  z.object({ name: z.literal('run_python'), arguments: z.object({ code: z.string() }) }),
  z.object({ name: z.literal('report_problems'), arguments: z.object({ problems: z.union([z.array(z.string()), z.string()]) }) }),
]);

type Call = z.infer<typeof call>;

/** The tools as a chat template's `tools` wants them (JSON schema). */
export const toolDescriptions = [
  tool('search', 'Looks a question up and returns passages of text.', { query: { type: 'string', description: 'what to look for, in a few words' } }),
  tool('run_python', 'Runs Python (numpy, cv2, PIL) on the image and returns the image that it writes.', { code: { type: 'string', description: 'reads path_to_input_image.jpg, writes path_to_output_image.jpg' } }),
  tool('report_problems', 'Names what is wrong with the image.', { problems: { type: 'array', items: { type: 'string' }, description: 'of rotation90, rotation180, dark, overexposure, blur, noise, crop, none' } }),
];

function tool(name: string, description: string, properties: Readonly<Record<string, object>>): object {
  return { type: 'function', function: { name, description, parameters: { type: 'object', properties, required: Object.keys(properties) } } };
}

/** Reads a completion as one tool call or an answer. Never throws. */
export function parseToolCalls(text: string): Action {
  if (text.length > longest) return invalid('too-long', `${text.length} characters; at most ${longest} are read`);
  if (text.trim() === '') return invalid('empty', 'the completion is empty');
  const pieces = text.split('<tool_call>');
  if (pieces.length > 2) return invalid('several-actions', `${pieces.length - 1} tool calls`);
  const [before, after] = pieces as [string, string | undefined];
  if (after === undefined) return before.includes('</tool_call>') ? invalid('unclosed', '</tool_call> without <tool_call>') : answerOf(before);
  const end = after.indexOf('</tool_call>');
  if (end < 0) return invalid('unclosed', '<tool_call> is not closed');
  if (after.slice(end + '</tool_call>'.length).trim() !== '') return invalid('text-after', 'text after </tool_call>');
  if (/<answer>/.test(before)) return invalid('several-actions', '<answer> and a tool call');
  const value = parseJson(after.slice(0, end));
  const parsed = call.safeParse(value);
  if (!parsed.success) return invalid('bad-call', schemaFaultText(parsed.error, value));
  return actionOf(parsed.data, withoutThink(before)) ?? invalid('empty-action', `${parsed.data.name} with an empty argument`);
}

function actionOf(call: Call, think: string): Action | undefined {
  switch (call.name) {
    case 'search':
      return call.arguments.query.trim() === '' ? undefined : { kind: 'search', think, query: call.arguments.query.trim() };
    case 'run_python': {
      const code = unfenced(call.arguments.code);
      return code.trim() === '' ? undefined : { kind: 'code', think, code };
    }
    case 'report_problems': {
      const { problems } = call.arguments;
      const issues = namesOf(typeof problems === 'string' ? problems : problems.join(','));
      return issues.length === 0 ? undefined : { kind: 'problem', think, issues };
    }
  }
}

/** <think> is optional here, and so is <answer>: many models answer in plain words. */
function answerOf(text: string): Action {
  // Where the template has opened <think> already, a completion only closes it.
  const close = text.lastIndexOf('</think>');
  if (close >= 0 && !text.includes('<think>')) {
    const action = answerOf(text.slice(close + '</think>'.length));
    return action.kind === 'answer' ? { ...action, think: withoutThink(text.slice(0, close)) } : action;
  }
  const blocks = blocksOf(text, ['think', 'answer']);
  if ('reason' in blocks) return blocks;
  const bodies = (wanted: 'think' | 'answer'): readonly string[] => blocks.flatMap(({ tag, body }) => (tag === wanted ? [body.trim()] : []));
  const [think, answers] = [bodies('think').join('\n'), bodies('answer')];
  if (answers.length > 1) return invalid('several-actions', `${answers.length} of <answer>`);
  const answer = answers[0] ?? outside(text, blocks).trim();
  return answer === '' ? invalid('empty-action', 'no answer and no tool call') : { kind: 'answer', think, answer };
}

/** What stands before, between and after blocks. */
const outside = (text: string, blocks: readonly Block<string>[]): string => [...blocks, { start: text.length }].map(({ start }, i) => text.slice(blocks[i - 1]?.end ?? 0, start)).join('');

const withoutThink = (text: string): string => text.replaceAll(/<\/?think>/g, '').trim();
