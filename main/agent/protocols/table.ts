import type { Action } from '../../records/action.ts';
import { parseTags } from './tags.ts';
import { parseToolCalls } from './tool-calls.ts';

/** How completions are read: the paper's tags, or JSON tool calls. */
export const protocols = {
  tags: parseTags,
  'tool-calls': parseToolCalls,
} satisfies Readonly<Record<string, (completion: string) => Action>>;
