import { describe, expect, it } from 'vitest';
import { protocols } from '../../../main/agent/protocols/table.ts';
import { action as schema } from '../../../main/records/action.ts';
import { RandomStream } from '../../../main/generation/random.ts';

const pieces = ['<think>', '</think>', '<search>', '</search>', '<code>', '</code>', '<problem>', '</problem>', '<answer>', '</answer>', '<tool_call>', '</tool_call>', '{"name": "search", "arguments": {"query": "', '"}}', '```python\n', '```', ' ', '\n', 'seven', '图像', '\u202e', '\u0000', '\ud800', '👩‍🚀', "{'dark', 'blur'}", '<', '>', '</', '<thi', 'nk>', '‹answer›', '<ａnswer>', '<|im_end|>', 'import os\n', '\u001b[31m', '&lt;answer&gt;'];
const seeds = ['<think>a</think><answer>b</answer>', '<think>a</think><code>\n```python\nx = 1\n```\n</code>', '<tool_call>{"name": "search", "arguments": {"query": "b"}}</tool_call>'];

function completion(random: RandomStream): string {
  const below = (n: number): number => Math.floor(random.next() * n);
  if (below(2) === 0) return Array.from({ length: below(12) }, () => pieces[below(pieces.length)]).join('');
  let text = seeds[below(seeds.length)] as string;
  for (let i = below(4); i >= 0; i--) {
    const at = below(text.length + 1);
    const cut = below(3) === 0 ? below(6) : 0;
    text = text.slice(0, at) + (pieces[below(pieces.length)] as string) + text.slice(at + cut);
  }
  return text;
}

describe.each(Object.entries(protocols))('%s', (_, parse) => {
  it('classifies 10,000 random and mutated completions without an exception', () => {
    const random = new RandomStream(7, 0);
    const kinds = new Map<string, number>();
    for (let i = 0; i < 10_000; i++) {
      const read = parse(completion(random));
      expect(schema.safeParse(read).success).toBe(true);
      const kind = read.kind === 'invalid' ? read.reason : read.kind;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    // The generator reaches most of what there is to say.
    expect(kinds.size).toBeGreaterThan(7);
  });

  // Time that grows with the square of the length would not end within the test's limit.
  it.each(['<think>', '</think><think>', '<answer>', '</answer>a<answer>', '<tool_call>', '\n', ' '])('reads a megabyte of %j', { timeout: 20_000 }, (piece) => {
    expect(schema.safeParse(parse(piece.repeat(Math.floor((1 << 20) / piece.length)))).success).toBe(true);
  });
});
