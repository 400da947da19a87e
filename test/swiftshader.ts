import { createReadStream, createWriteStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { spawnSync } from 'node:child_process';

const root = path.join(import.meta.dirname, '..');
const packed = path.join(root, 'node_modules/@sparticuz/chromium/bin/swiftshader.tar.br');
const folder = path.join(root, 'node_modules/.cache/arft/swiftshader');

/**
 * Environment of a process in which onnxruntime's WebGPU provider runs on the CPU, by the software Vulkan driver that
 * a headless browser's npm package carries; undefined where it is not for this system (Linux, x64 only).
 */
export async function swiftshaderEnvironment(): Promise<Readonly<Record<string, string>> | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync(packed)) return undefined;
  const driver = path.join(folder, 'icd.json');
  if (!existsSync(driver)) {
    mkdirSync(path.join(folder, 'run'), { recursive: true });
    const archive = path.join(folder, 'swiftshader.tar');
    await pipeline(createReadStream(packed), createBrotliDecompress(), createWriteStream(archive));
    const { status, stderr } = spawnSync('tar', ['xf', archive, '-C', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`cannot unpack ${archive}: ${stderr}`);
    const content = { file_format_version: '1.0.0', ICD: { library_path: path.join(folder, 'libvk_swiftshader.so'), api_version: '1.1.0' } };
    writeFileSync(driver, JSON.stringify(content)); // last: with it the folder is complete
  }
  return { LD_LIBRARY_PATH: folder, VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: path.join(folder, 'run') };
}
