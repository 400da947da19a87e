import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBenchmark } from '../../main/data/benchmark.ts';
import type { CodeOutput, RawImage } from '../../main/records/tools.ts';
import { cropReward } from '../../main/reward/crop.ts';
import { repairCloseness, similarity } from '../../main/reward/image-closeness.ts';
import { ensurePython } from '../../main/setup/ensure-python.ts';
import { type CodeRunner, openCodeRunner } from '../../main/sandbox/run-code.ts';
import { experts } from '../experts/programs.ts';
import { testHome } from '../test-home.ts';

// Items of MAT-Coding as published, for research only: looked for beside the repository, never copied into it.
const folder = path.join(import.meta.dirname, '../../../shared/data/mat-demo');
const home = testHome;

let runner: CodeRunner;

async function repair(code: string, image: Uint8Array): Promise<RawImage> {
  const { status, stderr, outputs } = await runner.runCode({ code, image });
  expect(status, stderr).toBe('ok');
  return (outputs.at(-1) as CodeOutput).image;
}

async function raw(image: Uint8Array): Promise<RawImage> {
  const { data, info } = await sharp(image).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

const mean = ({ data }: RawImage): number => data.reduce((a, b) => a + b, 0) / data.length;

describe.skipIf(!existsSync(folder))('experts on MAT-Coding’s demonstration items (skipped where ../shared/data is not there)', () => {
  beforeAll(async () => {
    runner = await openCodeRunner({ python: await ensurePython(home) });
  }, 300_000);
  afterAll(() => runner.close());

  it('the items are read, each kind with the image that its question is about', async () => {
    const { samples, faults } = await readBenchmark(path.join(folder, 'mat-coding-demo.json'), 'test');
    expect(faults).toEqual([]);
    expect(samples.map(({ issues, images: [image], box, split }) => [issues?.join(), path.basename(image as string), box?.join(), split])).toEqual([
      ['dark', 'dark_1_proc.png', undefined, 'simple'],
      ['none', 'none_2_proc.png', undefined, 'simple'],
      ['rotation90,dark', 'rotation90+dark_0_proc.png', undefined, 'hard'],
      ['crop', 'crop_8_ori.png', '366,723,506,851', 'hard'],
    ]);
  });

  it('dark: brighter, the same picture', async () => {
    const given = readFileSync(path.join(folder, 'dark_1_proc.png'));
    const repaired = await repair(experts.dark, given);
    const before = await raw(given);
    expect(mean(before)).toBeLessThan(60);
    expect(mean(repaired)).toBeGreaterThan(110);
    // Against the same stretch done by another program.
    const other = await raw(await sharp(given).normalise({ lower: 0, upper: 99 }).toBuffer());
    expect(similarity(repaired, other)).toBeGreaterThan(0.85);
  });

  it('turned and dark: upright and brighter', async () => {
    const given = readFileSync(path.join(folder, 'rotation90+dark_0_proc.png'));
    const repaired = await repair(experts.rotation90AndDark, given);
    const upright = await raw(await sharp(given).rotate(90).toBuffer());
    expect([repaired.width, repaired.height]).toEqual([upright.width, upright.height]);
    expect(mean(repaired)).toBeGreaterThan(2 * mean(upright));
    const other = await raw(await sharp(given).rotate(90).normalise({ lower: 0, upper: 99 }).toBuffer());
    expect(similarity(repaired, other)).toBeGreaterThan(0.85);
  });

  it('crop: the box that the question names', async () => {
    const given = readFileSync(path.join(folder, 'crop_8_ori.png'));
    expect(cropReward(await repair(experts.crop([366, 723, 506, 851]), given), await raw(given), [366, 723, 506, 851])).toBeGreaterThan(0.93);
  });

  // For these the published items hold no example: real pictures, degraded here.
  const noisy = async (image: Uint8Array): Promise<Buffer> => {
    const { width, height, data } = await raw(image);
    let state = 1;
    const gaussian = (): number => Array.from({ length: 12 }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32).reduce((a, b) => a + b, -6);
    return sharp(data.map((value) => Math.max(0, Math.min(255, value + 20 * gaussian()))), { raw: { width, height, channels: 3 } }).png().toBuffer();
  };
  const overexposed = async (image: Uint8Array): Promise<Buffer> => {
    const { width, height, data } = await raw(image);
    return sharp(data.map((value) => Math.min(255, 280 * (value / 255) ** 0.45)), { raw: { width, height, channels: 3 } }).png().toBuffer();
  };
  const picture = (name: string): Promise<Buffer> => sharp(path.join(folder, name)).removeAlpha().resize(512, 512, { fit: 'inside' }).png().toBuffer();
  it.each<[string, string, (image: Uint8Array) => Promise<Buffer>, string, number]>([
    ['rotation90', 'none_2_proc.png', (image) => sharp(image).rotate(270).toBuffer(), experts.rotation90, 0.99],
    ['rotation180', 'none_2_proc.png', (image) => sharp(image).rotate(180).toBuffer(), experts.rotation180, 0.99],
    ['dark', 'none_2_proc.png', (image) => sharp(image).linear(0.25, 0).toBuffer(), experts.dark, 0.9],
    ['overexposure', 'none_2_proc.png', overexposed, experts.overexposure, 0.3],
    ['blur', '23.jpg', (image) => sharp(image).blur(1.6).toBuffer(), experts.blur, 0.2],
    ['noise', 'annotation2.jpg', noisy, experts.noise, 0.3],
  ])('%s: nearer to the clean picture', async (_, name, degrade, code, least) => {
    const clean = await picture(name);
    const given = await degrade(clean);
    expect(repairCloseness(await repair(code, given), await raw(clean), await raw(given))).toBeGreaterThan(least);
  });
});
