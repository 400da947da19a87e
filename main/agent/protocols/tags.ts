import type { Action } from '../../records/action.ts';
import { blocksOf, invalid, longest } from './blocks.ts';

// The paper's actions: <think>…</think> and then exactly one of four (Visual-ARFT, section 4.1). Departures from the
// reference's patterns: text of many lines is read, and anything besides the two blocks makes a completion invalid.

const actionTags = ['search', 'code', 'problem', 'answer'] as const;
type ActionTag = (typeof actionTags)[number];

/** Reads a completion as one action. Never throws; takes time proportional to the text. */
export function parseTags(text: string): Action {
  if (text.length > longest) return invalid('too-long', `${text.length} characters; at most ${longest} are read`);
  if (text.trim() === '') return invalid('empty', 'the completion is empty');
  const blocks = blocksOf(text, ['think', ...actionTags]);
  if ('reason' in blocks) return blocks;
  const thinks = blocks.filter(({ tag }) => tag === 'think');
  const actions = blocks.filter(({ tag }) => tag !== 'think');
  const [think, action] = [thinks[0], actions[0]];
  if (!action) return invalid('no-action', 'none of <search>, <code>, <problem>, <answer> is there');
  if (actions.length > 1) return invalid('several-actions', actions.map(({ tag }) => `<${tag}>`).join(', '));
  if (!think || think.start > action.start) return invalid('missing-think', `no <think> before <${action.tag}>`);
  if (thinks.length > 1) return invalid('several-thinks', `${thinks.length} of <think>`);
  if (text.slice(0, think.start).trim() !== '') return invalid('text-between', 'text before <think>');
  if (text.slice(think.end, action.start).trim() !== '') return invalid('text-between', `text between </think> and <${action.tag}>`);
  if (text.slice(action.end).trim() !== '') return invalid('text-after', `text after </${action.tag}>`);
  if (think.body.trim() === '') return invalid('empty-think', '<think> is empty');
  const read = readers[action.tag as ActionTag](action.body, think.body.trim());
  return read ?? invalid('empty-action', `<${action.tag}> is empty`);
}

/** What an action's body says; undefined where it says nothing. */
const readers: Readonly<Record<ActionTag, (body: string, think: string) => Action | undefined>> = {
  search: (body, think) => nonEmpty(body, (query) => ({ kind: 'search', think, query })),
  code: (body, think) => {
    const code = unfenced(body);
    return code.trim() === '' ? undefined : { kind: 'code', think, code };
  },
  problem: (body, think) => {
    const issues = namesOf(body);
    return issues.length === 0 ? undefined : { kind: 'problem', think, issues };
  },
  answer: (body, think) => nonEmpty(body, (answer) => ({ kind: 'answer', think, answer })),
};

const nonEmpty = (body: string, make: (text: string) => Action): Action | undefined => (body.trim() === '' ? undefined : make(body.trim()));

/** Code without the fence around it, its own indentation kept. */
export function unfenced(body: string): string {
  const text = body.trim();
  if (!text.startsWith('```') || !text.endsWith('```') || text.length < 6) return body.replace(/^\s*\n/, '').trimEnd();
  const inner = text.slice(3, -3);
  const line = /^(?:[\w+.-]*[ \t]*\r?\n|(?:python|py)[\d.]*[ \t]+(?=\S))/.exec(inner);
  return (line ? inner.slice(line[0].length) : inner).trimEnd();
}

/** `{'dark', 'blur'}`, `["dark"]` or `dark, blur` → the names, in lower case, each once. */
export const namesOf = (body: string): readonly string[] => [
  ...new Set(body.split(/[^\p{L}\p{N}_-]+/u).flatMap((name) => (name === '' ? [] : [name.toLowerCase()]))),
];
