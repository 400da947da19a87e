import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { AddressInfo } from 'node:net';

test('an engine that cannot have its port says so and ends', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-refused-'));
  const { port } = other.address() as AddressInfo;
  const engine = fork(path.join(import.meta.dirname, '../../../main/engine/process.ts'), { env: { ...process.env, ARFT_HOME: home, ARFT_SERVE_PORT: String(port), ARFT_PAGES: home }, execArgv: [], stdio: 'ignore' });
  const ended = once(engine, 'exit');
  const [message] = (await once(engine, 'message')) as [unknown];
  expect(message).toEqual({ kind: 'refused', message: expect.stringMatching(new RegExp(`^port ${port}: expected a free port`)) });
  expect(await ended).toEqual([1, null]);
  other.close();
});
