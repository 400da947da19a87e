import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Provider } from '../../../main/runtime/provider.ts';
import { swiftshaderEnvironment } from '../../swiftshader.ts';

/** Where what GPUs do can be tried without one: a script is run with these arguments of Node and this environment. */
export type Place = { readonly title: string; readonly provider: Provider; readonly argv: readonly string[]; readonly environment: Readonly<Record<string, string>> };

const software = await swiftshaderEnvironment();
const asCuda: Place = { title: 'CUDA’s way, with the CPU in its place', provider: 'cpu', argv: ['--import', pathToFileURL(path.join(import.meta.dirname, 'cpu-as-cuda.ts')).href], environment: {} };

/** WebGPU on a software GPU, where there is one for this system; and tensors that stay through onnxruntime's C interface. */
export const places: readonly Place[] = [...(software ? [{ title: 'WebGPU', provider: 'webgpu', argv: [], environment: software } as const] : []), asCuda];

export const cpu: Place = { title: 'the CPU', provider: 'cpu', argv: [], environment: {} };

/** What a script of this folder prints as JSON, run as a process of its own: a software GPU is found through the environment it starts with. */
export function runIn<T>({ argv, environment }: Pick<Place, 'argv' | 'environment'>, script: string, ...given: readonly unknown[]): T {
  const texts = given.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
  const output = execFileSync(process.execPath, [...argv, path.join(import.meta.dirname, script), ...texts], { env: { ...process.env, ...environment }, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2, stdio: ['ignore', 'pipe', 'ignore'] });
  return JSON.parse(output) as T;
}
