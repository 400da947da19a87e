import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Answer, chatServer, streamText } from '../unit/policy/chat-server.ts';

// What `arft ask` shows of an endpoint's words.

const home = mkdtempSync(path.join(os.tmpdir(), 'arft-ask-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function shown(answer: Answer): Promise<string> {
  const server = await chatServer(answer);
  try {
    const words = ['ask', '--policy', `endpoint:${server.url}`, '--model-name', 'm', '--question', '?', '--direct'];
    const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), ...words], { env: { ...process.env, ARFT_HOME: home }, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (part: Buffer) => (out += part.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    return out;
  } finally {
    await server.close();
  }
}

it('pictures control characters, which could colour and move, and keeps lines and tabs', async () => {
  const out = await shown((_, response) => streamText(response, 'a\u001B[31mb\u0007\u009B2J\r\n\tc\u202E<answer>7\u001B</answer>'));
  expect(out).toContain('a␛[31mb␇\uFFFD2J');
  expect(out).toContain('\n\tc\uFFFD');
  expect(out).not.toMatch(/[^\P{Cc}\n\t]/u);
});

it('says where a try is begun anew', async () => {
  const out = await shown(({ count }, response) => {
    if (count === 1) response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"choices": [{"delta": {"content": "broken"}}]}\n\n');
    else streamText(response, 'whole');
  });
  expect(out).toBe('── step 1 ──\nbroken\n── step 1 anew: the answer broke off ──\nwhole\n\nwhole\n');
});
