import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { TimeUp, ToolFault } from '../../../main/records/tools.ts';
import { NoSandbox, type PoolOptions, SandboxPool } from '../../../main/sandbox/pool.ts';
import { openCodeRunner } from '../../../main/sandbox/run-code.ts';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { descendants, testPython } from './host.ts';

const python = await testPython();
let pool: SandboxPool | undefined;
afterEach(async () => {
  await pool?.close();
  pool = undefined;
});
const open = async (more: Partial<PoolOptions> = {}): Promise<SandboxPool> => (pool = await SandboxPool.open({ python, processes: 1, ...more }));

const works = new Set<string>();
for (const tier of tiers) {
  await SandboxPool.open({ python, tier, processes: 1 }).then((opened) => {
    works.add(tier);
    return opened.close();
  }, () => undefined);
}

describe.each(tiers.filter((tier) => works.has(tier)))('a child that waits for its job in %s', (tier) => {
  test('has given everything up, and shares no memory that can be written', async () => {
    await open({ tier });
    await pool?.run({ code: 'pass' });
    await pause(300);
    // Of the processes that run Python the youngest is the child, the one before it the zygote.
    const child = Math.max(...descendants().filter(([, name]) => name.startsWith('python')).map(([id]) => id));
    const status = readFileSync(`/proc/${child}/status`, 'utf8');
    const field = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
    expect(field('Seccomp')).toBe('2');
    expect(field('NoNewPrivs')).toBe('1');
    for (const kind of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) expect(`${kind} ${field(kind)}`).toMatch(/^\w+ 0+$/);
    expect(field('Threads')).toBe('1');
    expect(field('Uid').split('\t').map(Number)).not.toContain(0);
    const maps = readFileSync(`/proc/${child}/maps`, 'utf8').trim().split('\n').map((line) => line.split(/\s+/)[1] ?? '');
    expect(maps.length).toBeGreaterThan(100);
    expect(maps.filter((rights) => /^.w.s/.test(rights))).toEqual([]);
    expect(maps.filter((rights) => /^.wx/.test(rights))).toEqual([]);
    const descriptors = readdirSync(`/proc/${child}/fd`).map((number) => `${number} ${readlinkSync(`/proc/${child}/fd/${number}`).replace(/:.*/, '')}`);
    expect(descriptors.toSorted()).toEqual(['0 /dev/null', '1 pipe', '2 pipe', '3 /dev/null', '4 pipe', '5 socket']);
  });
});

describe('the pool', () => {
  test('answers each job with its own result, more at once than there are zygotes', async () => {
    const sandbox = await open({ processes: 2 });
    const results = await Promise.all(Array.from({ length: 30 }, (_, i) => sandbox.run({ code: `print(${i})` })));
    expect(results.map(({ stdout }) => Number(stdout))).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test('first come, first served', async () => {
    const sandbox = await open();
    const order: number[] = [];
    await Promise.all(Array.from({ length: 8 }, (_, i) => sandbox.run({ code: 'pass' }).then(() => order.push(i))));
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test('an aborted job is killed at once and the next one runs; one that waits never starts', async () => {
    const sandbox = await open();
    const [first, second] = [new AbortController(), new AbortController()];
    const start = performance.now();
    const jobs = [sandbox.run({ code: 'while True: pass' }, first.signal), sandbox.run({ code: 'while True: pass' }, second.signal), sandbox.run({ code: 'print(1)' })];
    setTimeout(() => first.abort(new Error('enough')), 200);
    second.abort(new Error('not this one'));
    const settled = await Promise.allSettled(jobs);
    expect(settled).toMatchObject([{ reason: { message: 'enough' } }, { reason: { message: 'not this one' } }, { value: { stdout: '1\n' } }]);
    expect(performance.now() - start).toBeLessThan(2000);
    await expect(sandbox.run({ code: 'pass' }, AbortSignal.abort(new Error('before')))).rejects.toThrow('before');
  });

  test('an episode whose time ends while its job waits has met a fault of ours; while its job runs, its own limit', async () => {
    const runner = await openCodeRunner({ python, processes: 1 });
    const clock = new AbortController();
    const jobs = [runner.runCode({ code: 'while True: pass' }, clock.signal), runner.runCode({ code: 'print(1)' }, clock.signal)];
    setTimeout(() => clock.abort(new TimeUp(200)), 200);
    const [running, waiting] = (await Promise.allSettled(jobs)) as readonly PromiseRejectedResult[];
    await runner.close();
    expect(running?.reason).toBeInstanceOf(TimeUp);
    expect(waiting?.reason).toMatchObject({ where: 'sandbox', message: "no process was free before the episode's 0.2 s are over" });
  });

  test('a zygote that dies fails its job as ours, and the next job has a new one', async () => {
    const runner = await openCodeRunner({ python, processes: 1 });
    const { runCode } = runner;
    expect(works).toContain(runner.tier);
    const job = runCode({ code: 'import time\ntime.sleep(4)' });
    setTimeout(() => {
      for (const [id, name] of descendants()) if (name.startsWith('python')) process.kill(id, 'SIGKILL');
    }, 300);
    const fault: unknown = await job.catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(ToolFault);
    expect((fault as ToolFault).where).toBe('sandbox');
    expect(await runCode({ code: 'print(2)' })).toMatchObject({ status: 'ok', stdout: '2\n' });
    await runner.close();
    await pause(200);
    expect(descendants().filter(([, name]) => name.startsWith('python') || name === 'bwrap')).toEqual([]);
  });

  test('a zygote that hangs is ended by the watchdog', async () => {
    const sandbox = await open({ limits: { wallMs: 500 } });
    const job = sandbox.run({ code: 'while True: pass' });
    await pause(150);
    // Stopped, it can neither keep the job's clock nor answer.
    for (const [id, name] of descendants()) if (name.startsWith('python')) process.kill(id, 'SIGSTOP');
    await expect(job).rejects.toThrow('did not end a job in time');
    expect((await sandbox.run({ code: 'print(3)' })).stdout).toBe('3\n');
  });

  test('closing ends what runs and what waits', async () => {
    const sandbox = await open();
    const jobs = Promise.allSettled([sandbox.run({ code: 'while True: pass' }), sandbox.run({ code: 'pass' })]);
    await pause(100);
    await sandbox.close();
    expect((await jobs).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(sandbox.run({ code: 'pass' })).rejects.toThrow('closed');
  });

  test('an image is sent once, and many images do not fill the zygote', async () => {
    const sandbox = await open();
    for (let i = 0; i < 150; i++) {
      const image = new TextEncoder().encode(`image ${i}`);
      const { stdout } = await sandbox.run({ code: `print(open('path_to_input_image.jpg').read())`, image });
      expect(stdout).toBe(`image ${i}\n`);
    }
    const again = await sandbox.run({ code: `print(open('path_to_input_image.jpg').read())`, image: new TextEncoder().encode('image 0') });
    expect(again.stdout).toBe('image 0\n');
  });

  test('where nothing works no code is run, and the reasons are named', async () => {
    const nowhere = { ...python, executable: '/nowhere/python3' };
    const failure: unknown = await SandboxPool.open({ python: nowhere }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NoSandbox);
    for (const tier of tiers) expect((failure as Error).message).toContain(`${tier}: `);
  });

  test('limits of its own: less memory, less time', async () => {
    const sandbox = await open({ limits: { memoryBytes: 64 * 1024 ** 2, wallMs: 300, cpuSeconds: 5 } });
    expect((await sandbox.run({ code: 'x = bytearray(100 << 20)' })).stderr).toContain('MemoryError');
    const start = performance.now();
    expect((await sandbox.run({ code: 'while True: pass' })).status).toBe('wall_timeout');
    expect(performance.now() - start).toBeLessThan(1500);
  });
});
