import { accessSync, constants, readFileSync, statSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Check, CheckFunction } from './check.ts';

const gibibytes = (bytes: number): string => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

// What makes int4 products fast on a CPU, best first.
const instructionSets = ['avx512_vnni', 'avx_vnni', 'avx512f', 'avx2', 'asimddp', 'neon'];

export const processor: CheckFunction = async () => {
  const [cpu] = os.cpus();
  const flags = instructionSetsOf();
  return [{
    id: 'cpu',
    title: 'Processor',
    status: flags !== undefined && flags.length === 0 ? 'lacking' : 'ok',
    detail: `${cpu?.model ?? 'unknown'}, ${os.availableParallelism()} cores${flags ? `, ${flags.join(' ') || 'no vector instructions that matter'}` : ''}`,
    ...(flags !== undefined && flags.length === 0 && { remedy: 'Models will run slowly; use a GPU provider or a machine with AVX2.' }),
  }];
};

function instructionSetsOf(): readonly string[] | undefined {
  try {
    const flags = /^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.trim().split(/\s+/) ?? [];
    return instructionSets.filter((name) => flags.includes(name));
  } catch {
    return undefined;
  }
}

export const memory: CheckFunction = async () => {
  const total = os.totalmem();
  const small = total < 8 * 1024 ** 3;
  const check: Check = { id: 'memory', title: 'Memory', status: small ? 'lacking' : 'ok', detail: `${gibibytes(total)}, ${gibibytes(os.freemem())} free` };
  return [small ? { ...check, remedy: 'A 3B model in int4 wants about 6 GiB: close other programs, or use `arft plan` to see what fits.' } : check];
};

export const software: CheckFunction = async () => {
  const onnxruntime = JSON.parse(readFileSync(path.join(import.meta.dirname, '../../node_modules/onnxruntime-node/package.json'), 'utf8')) as { version: string };
  return [{ id: 'software', title: 'Software', status: 'ok', detail: `Node ${process.versions.node}, onnxruntime ${onnxruntime.version}, ${os.type()} ${os.release()} ${os.arch()}` }];
};

export const disk: CheckFunction = async ({ home }) => {
  try {
    const place = existing(home);
    const hindrance = hindranceAt(place);
    if (hindrance !== undefined) return [{ id: 'disk', title: 'Data folder', status: 'lacking', detail: `${home}: ${hindrance}`, remedy: 'Set ARFT_HOME to a folder that can be written.' }];
    const { bavail, bsize } = statfsSync(place);
    const free = bavail * bsize;
    const small = free < 10 * 1024 ** 3;
    return [{ id: 'disk', title: 'Data folder', status: small ? 'lacking' : 'ok', detail: `${home}, ${gibibytes(free)} free`, ...(small && { remedy: 'Runs and quantised models want tens of GiB: free some space, or set ARFT_HOME to a folder on another disk.' }) }];
  } catch (error) {
    return [{ id: 'disk', title: 'Data folder', status: 'unknown', detail: `${home}: ${(error as Error).message}`, remedy: 'Set ARFT_HOME to a folder that can be written.' }];
  }
};

/** What keeps files from being made here; undefined where nothing does. */
function hindranceAt(place: string): string | undefined {
  if (!statSync(place).isDirectory()) return `${place} is a file`;
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The nearest folder above that is there. */
function existing(folder: string): string {
  try {
    statfsSync(folder);
    return folder;
  } catch {
    const parent = path.dirname(folder);
    return parent === folder ? folder : existing(parent);
  }
}
