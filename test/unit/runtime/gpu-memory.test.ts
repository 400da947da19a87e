import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { gpuMemory, readNvidia } from '../../../main/runtime/gpu-memory.ts';

const mebibyte = 1024 ** 2;

test('NVIDIA’s tool tells names and MiB; a size that it does not know is none', () => {
  expect(readNvidia('NVIDIA GeForce RTX 4090, 24564, 23028\nNVIDIA GB10, [N/A], [N/A]\n')).toEqual([{ name: 'NVIDIA GeForce RTX 4090', total: 24_564 * mebibyte, free: 23_028 * mebibyte }]);
  expect(readNvidia('')).toEqual([]);
});

test('the kernel tells the memory of AMD’s cards, and nothing of others’', async () => {
  const devices = mkdtempSync(path.join(os.tmpdir(), 'arft-gpu-'));
  try {
    for (const name of ['card0', 'card1', 'card0-DP-1']) mkdirSync(path.join(devices, name, 'device'), { recursive: true });
    writeFileSync(path.join(devices, 'card1/device/mem_info_vram_total'), `${16 * 1024 ** 3}\n`);
    writeFileSync(path.join(devices, 'card1/device/mem_info_vram_used'), `${1024 ** 3}\n`);
    expect((await gpuMemory(devices)).filter(({ name }) => name.startsWith('card'))).toEqual([{ name: 'card1', total: 16 * 1024 ** 3, free: 15 * 1024 ** 3 }]);
    expect((await gpuMemory(path.join(devices, 'none'))).filter(({ name }) => name.startsWith('card'))).toEqual([]);
  } finally {
    rmSync(devices, { recursive: true });
  }
});
