import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runEpisode } from '../../main/agent/episode.ts';
import { openTools } from '../../main/agent/open-tools.ts';
import { openPromptSet } from '../../main/agent/prompts.ts';
import { ImageStore } from '../../main/data/image-store.ts';
import { expertCompletion } from '../../main/data/mini/expert.ts';
import { openConversationEncoder } from '../../main/model/conversation.ts';
import { scriptedPolicy } from '../../main/policy/scripted.ts';
import type { RunEvent } from '../../main/records/run-events.ts';
import type { Sample } from '../../main/records/sample.ts';
import type { Trajectory } from '../../main/records/trajectory.ts';
import { messagesOf } from '../../main/agent/conversation.ts';
import { demonstrationTokens } from '../../main/train/demonstration-tokens.ts';
import { testHome } from '../test-home.ts';

// Supervised training from the command line: annotated chains in MAT's format, and an expert's trajectories.

const root = path.join(import.meta.dirname, '../..');
const starter = path.join(root, 'resources/starter');
const home = testHome;
const folder = mkdtempSync(path.join(os.tmpdir(), 'supervised-'));
const name = `test-${path.basename(folder)}`;
const mini = path.join(folder, 'mini');
let samples: readonly Sample[];
let trajectories: readonly Trajectory[];

type Ended = { readonly code: number | null; readonly out: string };
function arft(options: readonly string[], watch?: (child: ReturnType<typeof spawn>) => void): Promise<Ended> {
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), ...options], { env: { ...process.env, ARFT_HOME: home } });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (out += part.toString()));
  watch?.(child);
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}
const train = (run: string, settings: readonly string[], watch?: Parameters<typeof arft>[1], more: readonly string[] = []): Promise<Ended> =>
  arft(['train', 'quickstart', ...more, ...[`name=${run}`, 'method=sft', 'model.folder=resources/starter', 'rollout.prompts=16', 'optimizer.learningRate=0.003', 'optimizer.warmupSteps=0', 'checkpoint.every=1', ...settings].flatMap((setting) => ['--set', setting])], watch);
const runFolder = (run: string): string => path.join(home, 'runs', run);
const events = (run: string): readonly RunEvent[] => readFileSync(path.join(runFolder(run), 'log.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as RunEvent);
const steps = (run: string) => events(run).flatMap((event) => (event.kind === 'supervised' ? [event] : []));
const checkpoint = (run: string, step: number, file: string): Buffer => readFileSync(path.join(runFolder(run), 'checkpoints', `step-${String(step).padStart(6, '0')}`, file));

beforeAll(async () => {
  expect((await arft(['data', 'mini', '--out', mini, '--seed', '6', '--train', '40', '--test', '0'])).code).toBe(0);
  const lines = readFileSync(path.join(mini, 'train.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Sample);
  samples = lines.map((sample) => ({ ...sample, images: sample.images.map((image) => path.join(mini, image)) }));
  const images = new ImageStore(path.join(home, 'images'));
  const passages = readFileSync(path.join(mini, 'corpus-train.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { id: string; title: string; text: string });
  const tools = await openTools({ home, images, code: true, search: passages, passages: 1 });
  try {
    const policy = scriptedPolicy('expert', ({ sample, turns }) => expertCompletion(sample, turns.flatMap(({ observation }) => observation ?? [])));
    const settings = { mode: 'agent' as const, policy, prompts: openPromptSet('mini'), tools: tools.tools, sampling: { temperature: 0, topP: 1, maxNewTokens: 500, seed: 0 }, limits: { steps: 3, tokens: 2000, ms: 60_000 } };
    trajectories = await Promise.all(samples.map((sample) => runEpisode(sample, settings)));
  } finally {
    await tools.close();
  }
}, 240_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of readdirSync(path.join(home, 'runs'))) if (run.startsWith(name)) rmSync(path.join(home, 'runs', run), { recursive: true, force: true });
});

describe('annotated chains', { timeout: 240_000 }, () => {
  const settings = ['data.mode=step', `data.train=[${['Coding', 'Search'].map((task) => path.join(mini, `MAT-${task}-training.json`)).join(', ')}]`, 'steps=6', 'evaluation.every=3', 'evaluation.items=8'];
  const whole = `${name}-whole`;

  it('are learnt: the loss falls; metrics, evaluations and checkpoints are those of a run', async () => {
    const { code, out } = await train(whole, settings);
    expect(code, out).toBe(0);
    const losses = steps(whole).map(({ metrics }) => metrics.loss);
    expect(losses).toHaveLength(6);
    expect(losses.at(-1)).toBeLessThan(0.7 * (losses[0] as number));
    expect(steps(whole).every(({ samples: ids, leftOut }) => ids.length === 16 && leftOut.length === 0)).toBe(true);
    expect(events(whole).filter(({ kind }) => kind === 'evaluation')).toHaveLength(3);
    expect(events(whole).at(-1)?.kind).toBe('finished');
  });

  it('killed and resumed, the run is bit-equal to the one that went through', async () => {
    const killed = `${name}-killed`;
    await train(killed, settings, (child) => {
      const poll = setInterval(() => {
        if (!existsSync(path.join(runFolder(killed), 'checkpoints', 'step-000002'))) return;
        clearInterval(poll);
        child.kill('SIGKILL');
      }, 10);
    });
    expect(steps(killed).length).toBeLessThan(6);
    expect((await arft(['resume', killed])).code).toBe(0);
    const substance = (run: string) => steps(run).map(({ samples: ids, metrics: { loss, entropy, tokens, gradNorm, learningRate } }) => ({ ids, loss, entropy, tokens, gradNorm, learningRate }));
    expect(substance(killed)).toEqual(substance(whole));
    for (const file of ['adapter_model.safetensors', 'optimizer.safetensors']) expect(checkpoint(killed, 6, file).equals(checkpoint(whole, 6, file)), file).toBe(true);
  });
});

describe('an expert’s trajectories', { timeout: 240_000 }, () => {
  it('are learnt; those without an answer and of other samples are left out, and it is said', async () => {
    const file = path.join(folder, 'items.jsonl');
    const unanswered = { ...(trajectories[0] as Trajectory), ending: { kind: 'stepLimit', steps: 3 } };
    const strange = { ...(trajectories[0] as Trajectory), sample: 'nobody' };
    writeFileSync(file, [...trajectories.map((trajectory, index) => ({ index, id: trajectory.sample, trajectory })), unanswered, strange, 'broken'].map((line) => `${JSON.stringify(line)}\n`).join(''));
    const run = `${name}-expert`;
    const { code, out } = await train(run, [`data.train=${path.join(mini, 'train.jsonl')}`, `data.demonstrations=${file}`, 'steps=8', 'evaluation.items=0']);
    expect(code, out).toBe(0);
    expect(out).toContain('1 trajectories end without an answer');
    expect(out).toContain('1 trajectories are of samples that data.train does not have');
    expect(out).toContain('line 43: no trajectory');
    const losses = steps(run).map(({ metrics }) => metrics.loss);
    expect(losses.at(-1)).toBeLessThan(0.6 * (losses[0] as number));
    // Others under the same name are not gone on with.
    writeFileSync(file, readFileSync(file, 'utf8').replace('"completion":"', '"completion":"Well. '));
    const resumed = await arft(['resume', run, '--set', 'steps=9']);
    expect(resumed.code).toBe(1);
    expect(resumed.out).toMatch(/items\.jsonl\s+expected\s+the same trajectories as when the run began/);
  });

  it('of which a step can learn none change nothing in it, and the run goes on', async () => {
    const [first, second] = trajectories as [Trajectory, Trajectory];
    const odd = { ...second, turns: second.turns.map((turn) => ({ ...turn, completion: `<|im_end|>${turn.completion}` })) };
    const file = path.join(folder, 'odd.jsonl');
    writeFileSync(file, [first, odd].map((trajectory, index) => `${JSON.stringify({ index, id: trajectory.sample, trajectory })}\n`).join(''));
    const run = `${name}-odd`;
    const { code, out } = await train(run, [`data.train=${path.join(mini, 'train.jsonl')}`, `data.demonstrations=${file}`, 'steps=2', 'rollout.prompts=1', 'evaluation.items=0'], undefined, ['--no-check']);
    expect(code, out).toBe(0);
    const [without, ...others] = steps(run).filter(({ leftOut }) => leftOut.length > 0);
    expect(others).toEqual([]);
    expect(without).toMatchObject({ samples: [], leftOut: [{ sample: `${odd.sample}/demonstration-2`, reason: expect.stringContaining('<|im_end|>') as string }], metrics: { tokens: 0 } });
    expect(without?.metrics).not.toHaveProperty('loss');
    expect(out).toMatch(/leaves this out: .*<\|im_end\|>/);
    const { out: shown } = await arft(['runs', 'show', run]);
    expect(shown).toMatch(/loss –.*\n\s*left out: /);
    expect(shown.match(/loss \d/g)).toHaveLength(1);
  });

  it('become the very ids that the whole conversation has', async () => {
    const prompts = openPromptSet('mini');
    const images = new ImageStore(path.join(home, 'images'));
    const encoder = openConversationEncoder(starter, { readImage: (reference) => images.read(reference) });
    const endToken = encoder.tokenizer.encode('<|im_end|>')[0] as number;
    for (const [i, { turns }] of trajectories.slice(0, 12).entries()) {
      const messages = [...messagesOf(prompts, 'agent', samples[i] as Sample, turns.slice(0, -1), false), { role: 'assistant' as const, content: turns.at(-1)?.completion ?? '' }];
      const { prompt, rows: [row] } = await demonstrationTokens({ ...encoder, endToken }, messages);
      const whole = await encoder.encode(messages);
      const ids = [...prompt.ids, ...(row?.ids ?? [])];
      expect(ids).toEqual(whole.ids.slice(0, ids.length));
      expect(prompt.images.length + (row?.images.length ?? 0)).toBe(whole.images.length);
      const learnt = (row?.ids ?? []).filter((_, k) => row?.mask[k] === 1);
      expect(encoder.tokenizer.decode(learnt, { skipSpecial: false })).toBe(turns.map(({ completion }) => `${completion}<|im_end|>`).join(''));
    }
  });

  it('that spell a special token are refused', async () => {
    const encoder = openConversationEncoder(starter);
    await expect(demonstrationTokens({ ...encoder, endToken: 1 }, [{ role: 'user', content: 'q' }, { role: 'assistant', content: 'a<|im_end|>b' }])).rejects.toThrow(/special token <\|im_end\|>/);
    await expect(demonstrationTokens({ ...encoder, endToken: 1 }, [{ role: 'user', content: 'q' }])).rejects.toThrow(/nobody/);
  });
});

it('a supervised run without demonstrations is refused', async () => {
  const { code, out } = await train(`${name}-none`, ['data.train=mini:1', 'steps=1', 'evaluation.items=0']);
  expect(code).toBe(1);
  expect(out).toContain('data.demonstrations');
});
