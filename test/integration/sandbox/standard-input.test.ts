import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { testPython } from './host.ts';

await testPython();
const root = path.join(import.meta.dirname, '../../..');
const home = path.join(root, 'node_modules/.cache/arft-test');
const module = path.join(root, 'main/cli/standard-input.ts');

test('code that comes late on standard input is waited for', async () => {
  const child = spawn(process.execPath, [path.join(root, 'main/cli.ts'), 'sandbox', 'exec', '--json'], { env: { ...process.env, ARFT_HOME: home }, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => undefined);
  const [out, errors, ended] = [text(child.stdout), text(child.stderr), once(child, 'close')];
  // A reading that does not wait gives up meanwhile.
  await Promise.race([pause(5000), ended]);
  child.stdin.end('print(6 * 7)');
  expect([(await ended)[0], await errors]).toEqual([0, '']);
  expect(JSON.parse(await out)).toMatchObject({ status: 'ok', stdout: '42\n' });
});

test('the wait for standard input ends with its signal', async () => {
  const code = `import { readStandardInput } from ${JSON.stringify(module)};\nawait readStandardInput(AbortSignal.timeout(10)).catch((error) => console.log(error.name));\nprocess.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  const out = text(child.stdout);
  await once(child, 'close');
  expect(await out).toBe('AbortError\n');
});
