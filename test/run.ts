import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compiledFolder } from '../main/shipped.ts';

// `npm test`: types, lint, import rules, unused code, then the tests; the last line counts them all.
// `node test/run.ts golden` runs the tests of that folder alone.

type Counts = { passed: number; failed: number; skipped: number };

const root = path.join(import.meta.dirname, '..');
const [only] = process.argv.slice(2);
// As the program does, but from the first line of each process: the tools and the tests start hundreds.
process.env['NODE_COMPILE_CACHE'] ??= compiledFolder;

/** The tools that read the code, and the build for the browser tests; each counts as one test. */
const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: ['node_modules/typescript/bin/tsc'] },
  { name: 'types of the pages', command: ['node_modules/typescript/bin/tsc', '-p', 'renderer'] },
  { name: 'types of the browser tests', command: ['node_modules/typescript/bin/tsc', '-p', 'test/e2e'] },
  { name: 'lint', command: ['node_modules/oxlint/bin/oxlint', '--type-aware', '--quiet', 'main', 'preload', 'renderer', 'test'] },
  { name: 'import rules', command: ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', '--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', 'main', 'preload', 'renderer', 'test'] },
  { name: 'unused code', command: ['node_modules/knip/bin/knip.js'] },
  { name: 'app and pages built', command: ['main/build.ts'] },
];

function run([script, ...options]: readonly string[], quiet: boolean, environment: NodeJS.ProcessEnv = process.env): boolean {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, script as string), ...options], {
    cwd: root,
    env: environment,
    stdio: quiet ? 'pipe' : 'inherit',
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  });
  if (quiet && status !== 0) console.log(`${stdout}${stderr}`);
  return status === 0;
}

function runChecks(): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, command } of checks) {
    const start = performance.now();
    const passed = run(command, true);
    counts[passed ? 'passed' : 'failed'] += 1;
    console.log(`${passed ? '✓' : '✗'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  }
  return counts;
}

function runTests(folder: string | undefined): Counts {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'arft-test-'));
  const file = path.join(scratch, 'counts.json');
  const passed = run(['node_modules/vitest/vitest.mjs', 'run', ...(folder ? [`test/${folder}`] : [])], false, { ...process.env, ARFT_TEST_COUNTS: file });
  try {
    const counts = JSON.parse(readFileSync(file, 'utf8')) as Counts;
    return !passed && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const parts = [...(only ? [] : [runChecks()]), runTests(only)];
const total = parts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped }));
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ''}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
