import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { chatServer, streamText } from '../unit/policy/chat-server.ts';

// What an evaluation says where it cannot score.

const folder = mkdtempSync(path.join(os.tmpdir(), 'evaluation-faults-'));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(at('data.json'), JSON.stringify([{ id: 'here', question: '?', answer: 'x', image_path: 'here.png' }, { id: 'lost', question: '?', answer: 'x', image_path: 'lost.png' }]));
await sharp({ create: { width: 8, height: 8, channels: 3, background: '#fff' } }).png().toFile(at('here.png'));
const table = ['--benchmark', 'mat-search', '--mode', 'direct', '--data', at('data.json')];

async function evaluate(...words: readonly string[]): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), 'evaluate', ...table, ...words], { env: { ...process.env, ARFT_HOME: at('home') }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (part: Buffer) => (out += part.toString()));
  child.stderr.on('data', (part: Buffer) => (err += part.toString()));
  return new Promise((resolve) => child.on('close', (status) => resolve({ status, out, err })));
}

describe('an evaluation', () => {
  it('of which nothing can be scored has no figures, and fails with what happened', async () => {
    const server = await chatServer((_, response) => void response.writeHead(401).end('{"error": "bad key"}'));
    try {
      const words = ['--policy', `endpoint:${server.url}`, '--model-name', 'm', '--limit', '1', '--out', at('refused')];
      const first = await evaluate(...words, '--json');
      expect([first.status, JSON.parse(first.out)]).toEqual([1, expect.objectContaining({ n: 0, f1: null, em: null, intervals: { f1: null, em: null }, invalid: 1 })]);
      expect(first.err).toMatch(/nothing could be scored.*\(here\).*401 Unauthorized: bad key/);
      expect((await evaluate(...words)).out).toMatch(/^all +0 +0 +– +–$/m);
    } finally {
      await server.close();
    }
  });

  it('of an image that is not there names the sample and the file, and scores the others', async () => {
    const server = await chatServer((_, response) => streamText(response, '<answer>x</answer>'));
    try {
      const { status, out, err } = await evaluate('--policy', `endpoint:${server.url}`, '--model-name', 'm', '--out', at('lost'), '--json');
      expect([status, JSON.parse(out)]).toEqual([0, expect.objectContaining({ n: 1, em: 100, invalid: 1 })]);
      expect(err).toContain(`item lost is invalid: data: sample lost: image ${at('lost.png')}`);
    } finally {
      await server.close();
    }
  });
});
