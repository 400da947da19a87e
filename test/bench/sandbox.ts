import { readFileSync, readdirSync } from 'node:fs';
import { homeFolder } from '../../main/home.ts';
import sharp from 'sharp';
import { ensurePython } from '../../main/setup/ensure-python.ts';
import { SandboxPool } from '../../main/sandbox/pool.ts';
import type { PrivatePython } from '../../main/setup/private-python.ts';
import { type Tier, tiers } from '../../main/sandbox/tiers.ts';
import { type Benchmark, type Report, wholeNumber } from './benchmark.ts';

// What an agent writes: read the picture, cut, write; decoding, encoding and reading the result back are part of it.
const crop = `import cv2
image = cv2.imread('path_to_input_image.jpg')
cv2.imwrite('path_to_output_image.jpg', image[128:640, 256:768])`;

const kinds: readonly string[] = [
  crop, 'result = image.crop((0, 0, 200, 200))', '1 / 0', 'import os; os._exit(3)', 'import ctypes; ctypes.string_at(0)', 'print("x" * 100_000)',
  'import ctypes; ctypes.CDLL(None).syscall(165, 0, 0, 0, 0, 0)', 'x = bytearray(3 << 30)', 'open("a", "wb").write(b"x" * (1 << 20))',
];

export const sandbox: Benchmark = {
  name: 'sandbox',
  summary: 'jobs of the Python sandbox in every tier that works here: latency, throughput, start; --soak N for growth over N mixed jobs',
  options: { jobs: { type: 'string', default: '300' }, soak: { type: 'string' }, tier: { type: 'string' } },
  run: async (options, report) => {
    const python = await ensurePython(homeFolder());
    const image = await photograph();
    const chosen = options['tier'] === undefined ? tiers : tiers.filter((tier) => tier === options['tier']);
    if (chosen.length === 0) throw new Error(`--tier: expected one of ${tiers.join(', ')}, found ${options['tier']}`);
    for (const tier of chosen) {
      if (options['soak'] === undefined) await speed(tier, python, image, wholeNumber(options['jobs'], 'jobs'), report);
      else await soak(tier, python, image, wholeNumber(options['soak'], 'soak'), report);
    }
  },
};

async function speed(tier: Tier, python: PrivatePython, image: Uint8Array, jobs: number, { figure, note }: Report): Promise<void> {
  const start = performance.now();
  const pool = await SandboxPool.open({ python, tier, processes: 2 }).catch((error: unknown) => note(`${tier}: ${(error as Error).message}`));
  if (!pool) return;
  try {
    await crops(pool, image, 1, 0);
    figure(`${tier}: first job after start`, performance.now() - start, 'ms');
    await pool.fill();
    // Warm is what is wanted: this process's own code is compiled anew until it has run a few hundred times.
    await Promise.all([0, 1].map(() => crops(pool, image, 200, 0)));
    // An agent thinks between its jobs; one after another without a pause is the harder case.
    for (const [name, pauseMs] of [['', 10], [' without a pause', 0]] as const) {
      const times = await crops(pool, image, jobs, pauseMs);
      figure(`${tier}: crop of 1024×768${name}, p50`, quantile(times, 0.5), 'ms');
      figure(`${tier}: crop of 1024×768${name}, p99`, quantile(times, 0.99), 'ms');
    }
    const begin = performance.now();
    let done = 0;
    await Promise.all([0, 1, 2, 3].map(async () => {
      while (performance.now() - begin < 5000) {
        await crops(pool, image, 1, 0);
        done += 1;
      }
    }));
    figure(`${tier}: two zygotes`, (done / (performance.now() - begin)) * 1000, 'jobs/s');
  } finally {
    await pool.close();
  }
}

async function crops(pool: SandboxPool, image: Uint8Array, count: number, pauseMs: number): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const start = performance.now();
    const { status, stderr, outputs } = await pool.run({ code: crop, image });
    times.push(performance.now() - start);
    if (status !== 'ok' || outputs[0]?.image.width !== 512) throw new Error(`a crop ended with ${status}: ${stderr}`);
  }
  return times;
}

async function soak(tier: Tier, python: PrivatePython, image: Uint8Array, jobs: number, { figure, note }: Report): Promise<void> {
  const pool = await SandboxPool.open({ python, tier, processes: 2 });
  await pool.fill();
  try {
    const run = (count: number): Promise<unknown> => Promise.all([0, 1].map(async (half) => {
      for (let i = half; i < count; i += 2) await pool.run({ code: kinds[i % kinds.length] as string, image });
    }));
    await run(Math.min(jobs, 500));
    const before = await measure();
    const start = performance.now();
    await run(jobs);
    const after = await measure();
    note(`${tier}: ${jobs} jobs in ${((performance.now() - start) / 1000).toFixed(0)} s`);
    figure(`${tier}: zygotes' memory, growth`, (after.kibibytes - before.kibibytes) / 1024, 'MiB');
    figure(`${tier}: zygotes' memory`, after.kibibytes / 1024, 'MiB');
    figure(`${tier}: descriptors, growth`, after.descriptors - before.descriptors, '');
    figure(`${tier}: processes, growth`, after.processes - before.processes, '');
    figure(`${tier}: mounts, growth`, after.mounts - before.mounts, '');
    figure(`${tier}: this process's memory, growth`, after.own - before.own, 'MiB');
  } finally {
    await pool.close();
  }
}

/** Everything below this process, when it has come to rest. */
async function measure(): Promise<{ kibibytes: number; descriptors: number; processes: number; mounts: number; own: number }> {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((id) => {
    const stat = read(`/proc/${id}/stat`);
    return stat ? [[Number(id), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const] : [];
  }));
  const below = (id: number | undefined): boolean => id !== undefined && id !== 0 && (id === process.pid || below(parents.get(id)));
  const ids = [...parents.keys()].filter((id) => id !== process.pid && below(id));
  const sum = (value: (id: number) => number): number => ids.reduce((total, id) => total + value(id), 0);
  return {
    kibibytes: sum((id) => Number(/^Pss_Anon:\s+(\d+)/m.exec(read(`/proc/${id}/smaps_rollup`))?.[1] ?? 0)),
    descriptors: sum((id) => list(`/proc/${id}/fd`).length) + list('/proc/self/fd').length,
    processes: ids.length,
    mounts: read('/proc/self/mounts').split('\n').length,
    own: process.memoryUsage.rss() / 1024 ** 2,
  };
}

const read = (file: string): string => attempt(() => readFileSync(file, 'utf8'), '');
const list = (folder: string): readonly string[] => attempt(() => readdirSync(folder), []);

function attempt<T>(action: () => T, otherwise: T): T {
  try {
    return action();
  } catch {
    return otherwise; // the process ended in between
  }
}

const quantile = (values: readonly number[], part: number): number => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] as number;

/** A picture of 1024 × 768 with edges, surfaces and a little grain, as JPEG of quality 85: about as large as a photograph. */
async function photograph(): Promise<Uint8Array> {
  const [width, height] = [1024, 768];
  const shapes = Array.from({ length: 60 }, (_, i) => {
    const [x, y, r] = [(i * 397) % width, (i * 241) % height, 20 + ((i * 53) % 120)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="hsl(${(i * 47) % 360},50%,${30 + ((i * 13) % 40)}%)"/><path d="M${y} ${x} l${r} ${r * 2} l-${r} ${r}z" fill="hsl(${(i * 91) % 360},40%,50%)"/>`;
  });
  const drawing = await sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#89a"/>${shapes.join('')}</svg>`)).removeAlpha().blur(1).raw().toBuffer();
  let state = 1;
  for (let i = 0; i < drawing.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    drawing[i] = Math.max(0, Math.min(255, (drawing[i] as number) + ((state >>> 24) % 13) - 6));
  }
  return new Uint8Array(await sharp(drawing, { raw: { width, height, channels: 3 } }).jpeg({ quality: 85 }).toBuffer());
}
