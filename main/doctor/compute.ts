import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { cudaPlatform, hasCuda } from '../runtime/cuda-libraries.ts';
import { gpuMemory } from '../runtime/gpu-memory.ts';
import { type Provider, providerTraits, providers } from '../runtime/provider.ts';
import type { Check, CheckFunction } from './check.ts';

const run = promisify(execFile);
const probe = path.join(import.meta.dirname, '../runtime/probe-provider.ts');
const limitMs = 20_000;

/** What to do where CUDA does not work. */
export function cudaRemedy(): string {
  if (!cudaPlatform) return 'CUDA is for Linux on x64 here: use webgpu on an NVIDIA GPU.';
  if (!hasCuda()) return 'Its libraries come with arft setup --cuda; webgpu serves NVIDIA’s GPUs without them.';
  return 'Install NVIDIA’s driver, 580 or newer (nvidia-smi tells it), or use webgpu.';
}

const remedyOf = (provider: Provider): string => (provider === 'cuda' ? cudaRemedy() : remedies[provider]);

const remedies: Readonly<Record<Exclude<Provider, 'cuda'>, string>> = {
  cpu: 'onnxruntime does not work on this machine: install the packages again with npm ci.',
  webgpu: 'Install the graphics driver with Vulkan (Linux), or update it; without a GPU the CPU does the work.',
  dml: 'DirectML is for Windows.',
  coreml: 'Core ML is for macOS.',
};

const platforms: Partial<Record<Provider, NodeJS.Platform>> = { dml: 'win32', coreml: 'darwin' };

/** Every provider creates a session and multiplies in a process of its own, or says why it cannot; what a GPU would do the CPU does too. */
export const computeProviders: CheckFunction = async () => {
  // Libraries of more than a GiB are offered where a GPU may have a use for them.
  const wanted = cudaPlatform && !hasCuda() && (await gpuMemory()).some(({ name }) => /nvidia/i.test(name));
  return Promise.all(
    providers.map(async (provider): Promise<Check> => {
      const title = providerTraits[provider].title;
      const platform = platforms[provider];
      if (platform && platform !== process.platform) return { id: `provider.${provider}`, title, status: 'elsewhere', detail: remedyOf(provider) };
      const { reason, apart } = await probed(provider);
      const detail = apart === undefined ? 'created a session and multiplied' : `created a session and multiplied; its programs do not share their memory, so training may need twice what is planned (${apart})`;
      if (reason === undefined) return { id: `provider.${provider}`, title, status: 'ok', detail };
      return { id: `provider.${provider}`, title, status: provider === 'cpu' ? 'lacking' : 'optional', detail: reason, remedy: remedyOf(provider), ...(provider === 'cuda' && wanted && { fetch: 'cuda' }) };
    }),
  );
};

/** What goes wrong when a provider makes a session in a process of its own and multiplies; undefined where nothing does. */
export const providerFault = async (provider: Provider): Promise<string | undefined> => (await probed(provider)).reason;

/** `apart`: why programs do not have one memory. */
async function probed(provider: Provider): Promise<{ readonly reason?: string; readonly apart?: string }> {
  try {
    const { stdout } = await run(process.execPath, [probe, provider], { timeout: limitMs });
    const { ok, reason = 'no reason given', apart } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { ok: boolean; reason?: string; apart?: string };
    return ok ? { ...(apart !== undefined && { apart }) } : { reason };
  } catch (error) {
    const { killed, signal } = error as { killed?: boolean; signal?: string };
    if (killed) return { reason: `gave no answer within ${limitMs / 1000} s` };
    return { reason: signal ? `the driver ended the process (${signal})` : (error as Error).message };
  }
}

/** GPU memory where a driver tells it. */
export const graphicsMemory: CheckFunction = async () => {
  const mib = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MiB`;
  const found = await gpuMemory();
  if (found.length === 0) return [{ id: 'gpu', title: 'GPU memory', status: 'unknown', detail: 'no driver tells it (nvidia-smi and amdgpu were asked)' }];
  return found.map(({ name, total, free }, i) => ({ id: `gpu.${i}`, title: 'GPU memory', status: 'ok' as const, detail: `${name}: ${mib(total)}, ${mib(free)} free` }));
};
