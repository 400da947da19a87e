import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { extractAll, listPackage } from '@electron/asar';
import { build } from 'electron-builder';
import { parse } from 'yaml';

// `npm run package:check`: electron-builder puts the app together around an empty stand-in for Electron's binary, and
// what came out is looked at: what is in the archive, what lies beside it, and whether the packed command line works
// under Node. It does not show that Electron starts it: that wants the binary.

const root = path.join(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'arft-package-'));

function standIn(): string {
  const folder = path.join(scratch, 'electron');
  mkdirSync(path.join(folder, 'resources'), { recursive: true });
  for (const name of ['electron', 'LICENSE', 'LICENSES.chromium.html']) writeFileSync(path.join(folder, name), '');
  writeFileSync(path.join(folder, 'version'), (JSON.parse(readFileSync(path.join(root, 'node_modules/electron/package.json'), 'utf8')) as { version: string }).version);
  chmodSync(path.join(folder, 'electron'), 0o755);
  return folder;
}

const mebibytes = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce((sum, entry) => sum + (entry.isFile() ? statSync(path.join(entry.parentPath, entry.name)).size : 0), 0) / 1024 ** 2;

/** Files that must be in the archive, and folders that must lie beside it. */
const packed = ['/package.json', '/main/index.js', '/main/engine/process.js', '/main/worker/thread.js', '/preload/index.cjs', '/THIRD-PARTY-LICENSES.txt'];
const beside = ['native/sandbox/zygote.py', 'resources/starter/config.json', 'out/renderer/index.html', 'node_modules/onnxruntime-node/bin', 'node_modules/better-sqlite3', 'node_modules/@koromix'];

try {
  const config = parse(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')) as Record<string, unknown>;
  // Fuses are bits in Electron's binary, which is not there.
  await build({ projectDir: root, dir: true, config: { ...config, electronDist: standIn(), electronFuses: null, directories: { output: path.join(scratch, 'out') } } as never });
  const resources = path.join(scratch, 'out', readdirSync(path.join(scratch, 'out')).find((name) => name.endsWith('unpacked')) as string, 'resources');
  const archive = path.join(resources, 'app.asar');
  const names = new Set(listPackage(archive, { isPack: false }));
  const lacking = [...packed.filter((name) => !names.has(name)), ...beside.filter((name) => !existsSync(path.join(`${archive}.unpacked`, name)))];
  if (lacking.length > 0) throw new Error(`the package lacks ${lacking.join(', ')}`);
  const foreign = [...names].filter((name) => /\/node_modules\/(electron|vite|typescript|node)\//.test(name) || /onnxruntime-node\/bin\/.*\/(win32|darwin)\//.test(name));
  if (process.platform === 'linux' && foreign.length > 0) throw new Error(`the package has what it does not need: ${foreign.slice(0, 5).join(', ')}`);
  console.log(`${names.size} files; archive ${(statSync(archive).size / 1024 ** 2).toFixed(0)} MiB, beside it ${mebibytes(`${archive}.unpacked`).toFixed(0)} MiB`);
  const folder = path.join(scratch, 'app');
  extractAll(archive, folder);
  const document = JSON.parse(execFileSync(process.execPath, [path.join(folder, 'main/cli.js'), 'generate', '--model', path.join(folder, 'resources/starter'), '--prompt', 'hello', '--max-new-tokens', '3', '--greedy', '--json'], { encoding: 'utf8', env: { ...process.env, ARFT_HOME: path.join(scratch, 'home') } })) as { completions: readonly { ids: readonly number[] }[] };
  if (document.completions[0]?.ids.length !== 3) throw new Error(`the packed command line wrote ${JSON.stringify(document)}`);
  console.log('the packed command line generates text');
  const probe = JSON.parse(execFileSync(process.execPath, [path.join(folder, 'main/runtime/probe-provider.js'), 'cpu'], { encoding: 'utf8' })) as { ok: boolean; apart?: string };
  if (!probe.ok || probe.apart !== undefined) throw new Error(`the packed programs do not share their memory: ${JSON.stringify(probe)}`);
  console.log('its programs share their memory');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
