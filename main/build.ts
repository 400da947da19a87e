import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build as bundle, transform } from 'esbuild';
import { build as buildPages } from 'vite';
import { thirdPartyLicences } from './third-party.ts';

// `npm run build`: the pages into out/renderer, and the desktop app into out/app. Electron's Node reads no TypeScript, so
// each file of main/ becomes JavaScript of the same name; the preload script is one file, as the renderer's sandbox wants.

const root = path.join(import.meta.dirname, '..');
const app = path.join(root, 'out/app');

/** Relative paths of TypeScript files in imports, of threads and of processes. */
const renamed = (code: string): string => code.replaceAll(/(['"`])(\.{1,2}\/[\w./-]+)\.ts\1/g, '$1$2.js$1');

async function buildMain(): Promise<void> {
  for (const folder of ['main', 'preload']) {
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
      const file = path.join(entry.parentPath, entry.name);
      const target = path.join(app, path.relative(root, file)).replace(/\.ts$/, '.js');
      const { code } = await transform(readFileSync(file, 'utf8'), { loader: 'ts', format: 'esm', target: 'node24', sourcefile: file });
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, renamed(code));
    }
  }
  await bundle({ entryPoints: [path.join(root, 'preload/index.ts')], bundle: true, platform: 'node', format: 'cjs', external: ['electron'], outfile: path.join(app, 'preload/index.cjs') });
}

/** What the app finds beside its code, when it is started from here. */
function joinParts(): void {
  mkdirSync(path.join(app, 'out'), { recursive: true });
  for (const part of ['resources', 'native', 'node_modules', 'out/renderer']) {
    const link = path.join(app, part);
    symlinkSync(path.relative(path.dirname(link), path.join(root, part)), link, 'junction');
  }
  const description = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(app, 'package.json'), `${JSON.stringify({ ...description, main: 'main/index.js' }, null, 2)}\n`);
}

rmSync(app, { recursive: true, force: true });
const pages = await buildPages({ configFile: path.join(root, 'renderer/vite.config.ts'), logLevel: 'warn' });
const modules = [pages].flat().flatMap((built) => ('output' in built ? built.output : [])).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []));
await buildMain();
joinParts();
writeFileSync(path.join(app, 'THIRD-PARTY-LICENSES.txt'), thirdPartyLicences(root, modules));
