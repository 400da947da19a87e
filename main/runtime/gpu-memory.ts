import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const limitMs = 5000;
const mebibyte = 1024 ** 2;

/** A GPU's own memory in bytes. */
export type GpuMemory = { readonly name: string; readonly total: number; readonly free: number };

/**
 * The GPUs whose driver tells their memory: NVIDIA's by its tool, AMD's by the kernel (amdgpu). Others tell nothing, and
 * WebGPU itself does not either; then there are none here.
 */
export async function gpuMemory(devices = '/sys/class/drm'): Promise<readonly GpuMemory[]> {
  return [...(await ofNvidia()), ...ofKernel(devices)];
}

async function ofNvidia(): Promise<readonly GpuMemory[]> {
  try {
    const { stdout } = await run('nvidia-smi', ['--query-gpu=name,memory.total,memory.free', '--format=csv,noheader,nounits'], { timeout: limitMs });
    return readNvidia(stdout);
  } catch {
    return []; // no such tool
  }
}

/** Lines of name, total and free memory in MiB. */
export function readNvidia(text: string): readonly GpuMemory[] {
  return text.trim().split('\n').flatMap((line) => {
    const [name, total, free] = line.split(',').map((part) => part.trim());
    const sizes = [Number(total), Number(free)] as const;
    // "[N/A]" where the driver does not tell, as on machines whose GPU shares the system's memory.
    return name && sizes.every((size) => size > 0) ? [{ name, total: sizes[0] * mebibyte, free: sizes[1] * mebibyte }] : [];
  });
}

function ofKernel(devices: string): readonly GpuMemory[] {
  const number = (file: string): number => Number(readFileSync(file, 'utf8'));
  try {
    return readdirSync(devices).filter((name) => /^card\d+$/.test(name)).flatMap((card) => {
      const file = (name: string): string => path.join(devices, card, 'device', name);
      try {
        const total = number(file('mem_info_vram_total'));
        return total > 0 ? [{ name: card, total, free: total - number(file('mem_info_vram_used')) }] : [];
      } catch {
        return []; // another driver
      }
    });
  } catch {
    return []; // not Linux
  }
}
