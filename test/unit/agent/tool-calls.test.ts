import { describe, expect, it } from 'vitest';
import { parseToolCalls } from '../../../main/agent/protocols/tool-calls.ts';

const call = (value: unknown): string => `<tool_call>\n${JSON.stringify(value)}\n</tool_call>`;

describe('tool calls of the chat template', () => {
  it.each([
    [call({ name: 'search', arguments: { query: ' who ' } }), { kind: 'search', query: 'who', think: '' }],
    [`<think>first</think>\n${call({ name: 'run_python', arguments: { code: 'a = 1\n' } })}`, { kind: 'code', code: 'a = 1', think: 'first' }],
    [`I look.\n${call({ name: 'report_problems', arguments: { problems: ['Dark', 'blur'] } })}`, { kind: 'problem', issues: ['dark', 'blur'], think: 'I look.' }],
    ['Let me think.</think>\n\nyes', { kind: 'answer', answer: 'yes', think: 'Let me think.' }],
    ['no</think> hm, <answer>6</answer></think>It is <answer>7</answer>', { kind: 'answer', answer: '7' }],
    ['It is 7.', { kind: 'answer', answer: 'It is 7.', think: '' }],
    ['<think>hm</think>It is <answer>7</answer>', { kind: 'answer', answer: '7', think: 'hm' }],
  ])('%s', (text, expected) => expect(parseToolCalls(text)).toMatchObject(expected));

  it.each([
    ['', 'empty'],
    [`${call({ name: 'search', arguments: { query: 'a' } })}${call({ name: 'search', arguments: { query: 'b' } })}`, 'several-actions'],
    ['<tool_call>{"name": "search"', 'unclosed'],
    ['7</tool_call>', 'unclosed'],
    ['<tool_call>{"name": "search", }</tool_call>', 'bad-call'],
    [call({ name: 'shell', arguments: { command: 'ls' } }), 'bad-call'],
    [call({ name: 'search', arguments: { query: 7 } }), 'bad-call'],
    [call({ name: 'search', arguments: { query: '  ' } }), 'empty-action'],
    [`${call({ name: 'search', arguments: { query: 'a' } })} now`, 'text-after'],
    ['<think>hm</think>', 'empty-action'],
    ['hm</think>', 'empty-action'],
    ['<answer>7', 'unclosed'],
    ['<answer>7</answer><answer>8</answer>', 'several-actions'],
    [`<answer>7</answer>${call({ name: 'search', arguments: { query: 'a' } })}`, 'several-actions'],
  ])('%s → %s', (text, reason) => expect(parseToolCalls(text)).toMatchObject({ kind: 'invalid', reason }));
});

it('an answer among very many thoughts is what stands outside them', () => {
  expect(parseToolCalls('<think>a</think>b'.repeat(60_000))).toMatchObject({ kind: 'answer', answer: 'b'.repeat(60_000) });
});
