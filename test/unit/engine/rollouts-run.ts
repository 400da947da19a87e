import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ImageStore } from '../../../main/data/image-store.ts';
import { encodePng } from '../../../main/model/image/encode.ts';
import { openTokenizer } from '../../../main/model/text/tokenizer.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import type { RunEvent } from '../../../main/records/run-events.ts';
import type { Observation, Turn } from '../../../main/records/trajectory.ts';

// A run's folder as a run leaves it, with what real models rarely write and a page must bear.

type Logged = Extract<RunEvent, { kind: 'trajectory' }>;

export const starter = path.join(import.meta.dirname, '../../../resources/starter');

export const hostile = {
  html: '<img src=x onerror="window.harmed=1"><script>window.harmed=2</script>',
  markdown: '[click](javascript:window.harmed=3) ![](http://127.0.0.1:1/pixel.png)',
  ansi: '\u001B[31mred\u001B[0m\u001B]0;title\u0007',
  bidi: 'user\u202Eadmin\u2066 // check\u2069',
  invisible: 'a\u200Bb\u{E0041}',
};

const tokenizer = openTokenizer(starter);

export const question = 'which digit ?';

function turnOf(completion: string, action: Turn['action'], observation: Observation | null): Turn {
  const sampled = [...tokenizer.encode(completion), tokenizer.idOf('<|im_end|>') as number];
  const context = tokenizer.encode(`<|im_start|>user\n<|vision_start|>${'<|image_pad|>'.repeat(40)}<|vision_end|>${question}<|im_end|>\n<|im_start|>assistant\n`);
  return { completion, finishReason: 'stop', action, observation, usage: { promptTokens: context.length, completionTokens: sampled.length, ms: 120 }, tokens: { context, sampled, logprobs: sampled.map((_, i) => (i % 5 === 0 ? -2.5 : -0.01)) } };
}

/** One for each token, over powers of ten. */
const klOf = ({ tokens }: Turn): readonly number[] => (tokens?.sampled ?? []).map((_, i) => [0, 0.00002345, 0.00123, 0.0456, 1.25][i % 5] as number);

const answer = (text: string): Turn => turnOf(`<think>clear</think><answer>${text}</answer>`, { kind: 'answer', think: 'clear', answer: text }, null);

/** Kinds of episodes by member: right, wrong, code that fails, hostile text, a megabyte, cut off, a fault of ours, a search. */
function membersOf(images: { readonly before: string; readonly after: string }): readonly Pick<Logged['trajectory'], 'turns' | 'ending'>[] {
  const code = (text: string, observation: Partial<Extract<Observation, { kind: 'code' }>>): Turn => turnOf(`<think>turned</think><code>${text}</code>`, { kind: 'code', think: 'turned', code: text }, { kind: 'code', status: 'ok', stdout: '', stderr: '', outputs: [], ms: 12, ...observation });
  const ended = (text: string) => ({ kind: 'answered', answer: text }) as const;
  return [
    { turns: [code('img = img.rotate(90)', { outputs: [{ name: 'result', image: images.after, width: 56, height: 56 }] }), answer('7')], ending: ended('7') },
    { turns: [answer('3')], ending: ended('3') },
    { turns: [code('img = img.turn(90)', { status: 'exit 1', stderr: 'Traceback (most recent call last):\n  File "<code>", line 1\nAttributeError: no attribute turn\n' }), answer('7')], ending: ended('7') },
    { turns: [code(`print("${hostile.html}") # ${hostile.bidi}`, { stdout: `${hostile.ansi}\n${hostile.html}\n${hostile.markdown}\n${hostile.invisible}` }), answer(hostile.html)], ending: ended(hostile.html) },
    { turns: [code('print("x" * 1_000_000)', { stdout: 'x'.repeat(1_000_000) }), answer('7')], ending: ended('7') },
    { turns: [{ ...turnOf('<think>hmm', { kind: 'invalid', reason: 'unclosed', detail: '<think> is not closed' }, null), finishReason: 'length' }], ending: { kind: 'tokenLimit', tokens: 96 } },
    { turns: [turnOf('<think>look</think><search>digit</search>', { kind: 'search', think: 'look', query: 'digit' }, null)], ending: { kind: 'invalid', where: 'search', reason: 'the index could not be read' } },
    { turns: [turnOf('<think>look</think><search>digit</search>', { kind: 'search', think: 'look', query: 'digit' }, { kind: 'information', query: 'digit', passages: [{ id: '1', title: hostile.markdown, text: 'The digit is 7.', url: 'https://example.org/a', score: 2.5 }] }), answer('7')], ending: ended('7') },
  ];
}

const rewards: readonly (number | null)[] = [2, 1, 1.5, 0.5, 2, 0, null, 2];

/** Writes runs/<name> into a data folder. @returns the events of its log. */
export async function writeRun(home: string, name: string, { steps = 3, groups = 3, model = starter, watchKl = true }: { readonly steps?: number; readonly groups?: number; readonly model?: string; readonly watchKl?: boolean } = {}): Promise<readonly RunEvent[]> {
  const store = new ImageStore(path.join(home, 'images'));
  const picture = (shade: number) => encodePng({ width: 56, height: 56, data: Uint8Array.from({ length: 56 * 56 * 3 }, (_, i) => (i * shade) % 256) });
  const images = { before: await store.put(await picture(3)), after: await store.put(await picture(7)) };
  const episodes = membersOf(images);
  const events: RunEvent[] = [{ kind: 'started', at: '2026-01-01T00:00:00.000Z', step: 0, resumed: false, parameters: 1, tools: { code: 'sandbox', search: 'off' } }];
  for (let step = 0; step < steps; step++) {
    for (let group = 0; group < groups; group++) {
      for (const [member, { turns, ending }] of episodes.entries()) {
        // The last group has no spread; its sample is drawn at each step, those of the others once.
        const even = group === groups - 1;
        const total = even ? 1 : (rewards[member] as number | null);
        const fault = !even && total === null;
        events.push({
          kind: 'trajectory', step, group, member, asked: { task: 'coding', question, answers: ['7'], images: [images.before] },
          trajectory: { version: 1, sample: even ? 'always' : `sample-${step}-${group}`, policy: 'local:starter', protocol: 'tags-en (tags)', mode: 'agent', seed: member, ...(even ? { turns: [answer('3')], ending: { kind: 'answered', answer: '3' } } : { turns, ending }), startedAt: '2026-01-01T00:00:00.000Z', ms: 200 },
          reward: fault ? null : { total: total as number, parts: [{ name: 'format', value: 1, weight: 1 }, { name: 'answer', value: (total as number) - 1, weight: 1 }] },
          advantage: even || fault ? 0 : ((total as number) - 1.3) / 0.7,
          ...(watchKl && !even && !fault && { kl: turns.map(klOf) }),
        });
      }
    }
    events.push({ kind: 'metrics', step, metrics: { rewardMean: 1.2 } as never });
  }
  events.push({ kind: 'finished', at: '2026-01-01T00:10:00.000Z', step: steps, seconds: 600 });
  const folder = path.join(home, 'runs', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(runConfig.parse({ name, steps, model: { folder: model }, loss: { watchKl } })));
  writeFileSync(path.join(folder, 'log.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return events;
}
