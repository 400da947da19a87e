import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../main/generation/random.ts';
import { chatServer, streamText } from '../unit/policy/chat-server.ts';

// An evaluation through a real endpoint, killed at random moments and started again, must end as one that ran through.

const folder = mkdtempSync(path.join(os.tmpdir(), 'evaluation-'));
const items = 300;
const data = path.join(folder, 'questions.jsonl');
const asked = new Map<string, number>();
let server: Awaited<ReturnType<typeof chatServer>>;

/** Two of three questions are answered rightly. */
const answerOf = (question: string): string => (Number(/\d+/.exec(question)?.[0]) % 3 === 0 ? 'no idea' : `answer ${/\d+/.exec(question)?.[0]}`);

beforeAll(async () => {
  writeFileSync(data, Array.from({ length: items }, (_, i) => `${JSON.stringify({ id: `q${i}`, question: `question ${i} ?`, golden_answers: [`answer ${i}`] })}\n`).join(''));
  server = await chatServer(({ body }, response) => {
    const text = JSON.stringify(body.messages);
    const question = /question \d+/.exec(text)?.[0] as string;
    asked.set(question, (asked.get(question) ?? 0) + 1);
    setTimeout(() => streamText(response, `<think>t</think><answer>${answerOf(question)}</answer>`), 15 + (Number(question.slice(9)) % 7) * 5);
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(out: string): ChildProcess {
  const options = ['evaluate', '--benchmark', 'musique', '--data', data, '--policy', `endpoint:${server.url}`, '--model-name', 'm', '--concurrency', '3', '--out', out, '--json'];
  return spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), ...options], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ARFT_HOME: path.join(folder, 'home') } });
}

async function finished(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly stdout: string; readonly stderr: string }> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (part: Buffer) => (text.stdout += part.toString()));
  child.stderr?.on('data', (part: Buffer) => (text.stderr += part.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...text })));
}

const linesOf = (out: string): readonly { readonly index: number }[] =>
  readFileSync(path.join(out, 'items.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { readonly index: number });

describe('an evaluation', () => {
  const whole = path.join(folder, 'whole');
  const killed = path.join(folder, 'killed');

  it('runs through', async () => {
    const { code, stdout, stderr } = await finished(start(whole));
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ n: items, em: expect.closeTo(66.6667, 3), invalid: 0 });
    expect([...asked.values()].every((count) => count === 1)).toBe(true);
  });

  it('killed at 20 random moments loses nothing, repeats nothing that was finished, and reports the same', async () => {
    asked.clear();
    const random = new RandomStream(11, 0);
    let kills = 0;
    let finishedBefore = 0;
    while (kills < 20) {
      const child = start(killed);
      const end = finished(child);
      // Some kills strike before the first item of a start, most in the middle.
      const before = sizeOf(killed);
      const wanted = Math.floor(random.next() * 6);
      await until(() => child.exitCode !== null || random.next() < 0.002 || sizeOf(killed) - before > wanted * 600);
      child.kill('SIGKILL');
      const { signal, code } = await end;
      if (signal === null) {
        expect(code).toBe(0);
        break;
      }
      kills += 1;
      finishedBefore = Math.max(finishedBefore, existsSync(path.join(killed, 'items.jsonl')) ? linesOfWhole(killed).length : 0);
    }
    expect(kills).toBe(20);
    expect(finishedBefore).toBeGreaterThan(5);
    const { code, stderr } = await finished(start(killed));
    expect(code, stderr).toBe(0);
    expect(linesOf(killed).map(({ index }) => index).sort((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, i) => i));
    for (const name of ['report.md', 'report.csv', 'report.json']) expect(readFileSync(path.join(killed, name), 'utf8'), name).toBe(readFileSync(path.join(whole, name), 'utf8'));
    // Only what was under way in one of the kills was asked again.
    const repeated = [...asked.values()].reduce((sum, count) => sum + count - 1, 0);
    expect(repeated).toBeLessThanOrEqual(kills * 3);
  });

  it('refuses to go on with other settings, and says which', async () => {
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), 'evaluate', '--benchmark', 'musique', '--data', data, '--policy', `endpoint:${server.url}`, '--model-name', 'other', '--out', whole, '--json'], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ARFT_HOME: path.join(folder, 'home') } });
    const { code, stdout } = await finished(child);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { error: { thing: string } }).error.thing).toBe(`${whole}: policy`);
  });
});

/** Bytes of items; asked often, so nothing is read. */
const sizeOf = (out: string): number => statSync(path.join(out, 'items.jsonl'), { throwIfNoEntry: false })?.size ?? 0;

/** The whole lines only: a kill may have cut the last one. */
const linesOfWhole = (out: string): readonly string[] => readFileSync(path.join(out, 'items.jsonl'), 'utf8').split('\n').slice(0, -1);

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
