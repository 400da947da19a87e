import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expertCompletion } from '../../main/data/mini/expert.ts';
import { guessCompletion, possibleAnswers } from '../../main/data/mini/guess.ts';
import { imageReference } from '../../main/data/image-reference.ts';
import type { Sample } from '../../main/records/sample.ts';
import type { Observation } from '../../main/records/trajectory.ts';
import { standardMetric } from '../../main/reward/standard-metric.ts';
import { scoreAnswer } from '../../main/reward/text-metrics.ts';
import { type ChatBody, chatServer, streamText } from '../unit/policy/chat-server.ts';
import { testHome } from '../test-home.ts';

// MAT-mini through the command line, the real sandbox and the real search.

const folder = mkdtempSync(path.join(os.tmpdir(), 'mini-evaluation-'));
const data = path.join(folder, 'mini');
const items = 120;
// The private Python is made once for all tests.
const home = testHome;
let samples: readonly Sample[];
let server: Awaited<ReturnType<typeof chatServer>>;

const arft = async (...options: readonly string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), ...options, '--json'], { env: { ...process.env, ARFT_HOME: home }, maxBuffer: 64 << 20 })).stdout;

type Report = { readonly n: number; readonly f1: number; readonly em: number; readonly invalid: number; readonly folder: string; readonly tools: Readonly<Record<string, number>> };

const evaluate = async (name: string, ...options: readonly string[]): Promise<Report> =>
  JSON.parse(await arft('evaluate', '--benchmark', 'mat-mini', '--data', data, '--prompts', 'mini', '--passages', '1', '--out', path.join(folder, name), ...options)) as Report;

beforeAll(async () => {
  await arft('data', 'mini', '--out', data, '--seed', '5', '--train', '1', '--test', String(items));
  samples = readFileSync(path.join(data, 'test.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Sample);
  server = await chatServer(({ body }, response) => streamText(response, body.model === 'expert' ? expertOf(body) : guessCompletion(sampleOf(body), (body as ChatBody & { seed: number }).seed)));
}, 300_000);
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

type Part = { readonly type: string; readonly text?: string; readonly image_url?: { readonly url: string } };
const parts = (content: unknown): readonly Part[] => (Array.isArray(content) ? (content as readonly Part[]) : []);

/** The sample that a request is about, by the picture it sends. */
function sampleOf({ messages }: ChatBody): Sample {
  const url = messages.flatMap(({ content }) => parts(content)).find(({ type }) => type === 'image_url')?.image_url?.url as string;
  const reference = imageReference(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64'));
  return samples.find(({ images: [image] }) => imageReference(readFileSync(path.join(data, image as string))) === reference) as Sample;
}

/** The expert as a model behind an endpoint: it sees only the messages. */
function expertOf(body: ChatBody): string {
  const answered = body.messages.length > 1 ? parts(body.messages.at(-1)?.content) : [];
  const text = answered.find(({ type }) => type === 'text')?.text;
  const observation: Observation | undefined = answered.some(({ type }) => type === 'image_url')
    ? { kind: 'code', status: 'ok', stdout: '', stderr: '', ms: 0, outputs: [{ name: 'o', image: 'x', width: 1, height: 1 }] }
    : text === undefined ? undefined : { kind: 'information', query: '', passages: [{ id: '', title: '', text }] };
  return expertCompletion(sampleOf(body), observation ? [observation] : []);
}

const csv = (name: string): string => readFileSync(path.join(folder, name, 'report.csv'), 'utf8');

describe('MAT-mini', () => {
  it('by the scripted expert: every answer is right', { timeout: 300_000 }, async () => {
    const report = await evaluate('expert', '--policy', 'mini-expert');
    expect(report).toMatchObject({ n: items, f1: 100, em: 100, invalid: 0, tools: { codeErrors: 0, emptySearches: 0, invalidCompletions: 0 } });
    expect(report.tools['codeRuns']).toBeGreaterThan(items / 2);
    expect(report.tools['searches']).toBeGreaterThan(items / 8);
  });

  it('by a scripted guesser: what chance gives', async () => {
    const report = await evaluate('guess', '--policy', 'mini-guess');
    // The mean and the variance of each item's F1 and EM over all answers that it may have.
    for (const key of ['f1', 'em'] as const) {
      let [mean, variance] = [0, 0];
      for (const sample of samples) {
        const scores = possibleAnswers(sample).map((answer) => scoreAnswer(standardMetric, answer, sample.answers)[key]);
        const own = scores.reduce((a, b) => a + b, 0) / scores.length;
        mean += own;
        variance += scores.reduce((sum, score) => sum + (score - own) ** 2, 0) / scores.length;
      }
      expect(Math.abs((report[key] / 100) * items - mean)).toBeLessThan(3 * Math.sqrt(variance));
    }
  });

  it.each(['expert', 'guess'])('the same through an endpoint: %s', async (name) => {
    await evaluate(`endpoint-${name}`, '--policy', `endpoint:${server.url}`, '--model-name', name);
    expect(csv(`endpoint-${name}`)).toBe(csv(name));
  });

  it('compared: who is better, on which items, and beyond chance', async () => {
    const comparison = JSON.parse(await arft('compare', path.join(folder, 'guess'), path.join(folder, 'expert'), '--data', data)) as { n: number; mcnemar: { onlyBefore: number; onlyAfter: number; p: number }; worse: unknown[] };
    expect(comparison.n).toBe(items);
    expect(comparison.worse).toEqual([]);
    expect(comparison.mcnemar.onlyBefore).toBe(0);
    expect(comparison.mcnemar.p).toBeLessThan(1e-6);
  });

  it('asked one question, turn by turn', async () => {
    const sample = samples.find(({ task }) => task === 'search') as Sample;
    const out = JSON.parse(await arft('ask', '--policy', `endpoint:${server.url}`, '--model-name', 'guess', '--prompts', 'mini', '--image', path.join(data, sample.images[0] as string), '--question', sample.question, '--code', 'off')) as { ending: { kind: string; answer: string } };
    expect(out.ending.kind).toBe('answered');
    expect(possibleAnswers(sample)).toContain(out.ending.answer);
  });
});
