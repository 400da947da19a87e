import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { greedy } from '../../main/generation/sampler.ts';
import { InputError } from '../../main/records/input-error.ts';
import { WorkerClient, WorkerCrash } from '../../main/worker/client.ts';

const model = path.join(import.meta.dirname, '../golden/tiny/model');
const adapter = path.join(import.meta.dirname, '../golden/tiny/adapter');
const prompt = { ids: [1, 2, 3, 4, 5], images: [] };
const settings = { ...greedy, maxNewTokens: 6, seed: 0, stopIds: [] };

describe('the worker', () => {
  const worker = new WorkerClient(new URL('./crashing-thread.ts', import.meta.url));
  afterAll(() => worker.close());

  const complete = async (): Promise<readonly number[]> => {
    const { group } = await worker.call('openGroup', { prompt, rows: 1 });
    const { completions } = await worker.call('generate', { group, rows: [0], settings });
    await worker.call('closeGroup', { group });
    return completions[0]?.ids ?? [];
  };

  test('loads, streams tokens in order, answers requests one after another', async () => {
    await worker.call('load', { folder: model, options: { adapters: true } });
    const { group } = await worker.call('openGroup', { prompt, rows: 2 });
    const seen: number[] = [];
    const [{ completions }] = await Promise.all([
      worker.call('generate', { group, rows: [0, 1], settings }, { onEvent: ({ row, id }) => row === 1 && seen.push(id) }),
      worker.call('append', { group, row: 0, passage: { ids: [7, 8], images: [] } }),
    ]);
    expect(seen).toEqual(completions[1]?.ids);
    expect(completions[0]?.ids).toEqual(completions[1]?.ids);
  });

  test('an error keeps its parts: what was expected, what was found', async () => {
    const failure = await worker.call('setAdapter', { folder: model }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).expectation).toMatchObject({ thing: model, expected: expect.stringContaining('adapter_config.json'), found: 'a model: config.json' });
    await expect(worker.call('generate', { group: 99, rows: [0], settings })).rejects.toThrow(/group 99 is not open/);
  });

  test('an adapter changes the text and none gives the base model back', async () => {
    const base = await complete();
    await worker.call('setAdapter', { folder: adapter, scale: 4 });
    expect(await complete()).not.toEqual(base);
    await worker.call('setAdapter', { folder: adapter, scale: 0 });
    expect(await complete()).toEqual(base);
    await worker.call('setAdapter', {});
    expect(await complete()).toEqual(base);
  });

  test('a cancel ends a completion within a token', async () => {
    const controller = new AbortController();
    const { group } = await worker.call('openGroup', { prompt, rows: 1 });
    let tokens = 0;
    const { completions } = await worker.call('generate', { group, rows: [0], settings: { ...settings, maxNewTokens: 4000 } }, {
      signal: controller.signal,
      onEvent: () => {
        tokens += 1;
        if (tokens === 3) controller.abort();
      },
    });
    expect(completions[0]?.finishReason).toBe('cancelled');
    expect(completions[0]?.ids.length).toBeLessThan(200); // what was under way while the message travelled
  });

  test('a crash rejects what is under way in plain words; the next call starts anew with the same model and adapter', async () => {
    await worker.call('setAdapter', { folder: adapter, scale: 4 });
    const before = await complete();
    const { group } = await worker.call('openGroup', { prompt, rows: 1 });
    const running = worker.call('generate', { group, rows: [0], settings: { ...settings, maxNewTokens: 4000 } }).catch((error: unknown) => error);
    const fatal = worker.call('closeGroup', { group: -1 }).catch((error: unknown) => error);
    const failure = await running;
    expect(failure).toBeInstanceOf(WorkerCrash);
    expect((failure as Error).message).toMatch(/left with code 7.*starts anew/);
    expect(await fatal).toBe(failure);
    // Several at once, as episodes come: each waits for the adapter, not only the one that found the thread gone.
    expect(await Promise.all([complete(), complete(), complete()])).toEqual([before, before, before]);
    await expect(worker.call('generate', { group, rows: [0], settings })).rejects.toThrow(/not open|stop/);
  });

  test('a conversation that a crash has lost is not taken for one that began after it', async () => {
    const lost = await worker.call('complete', { passage: prompt, settings });
    await worker.call('closeGroup', { group: -1 }).catch(() => {});
    const later = await worker.call('complete', { passage: { ids: [9, 8, 7], images: [] }, settings });
    const goOn = { passage: { ids: [later.completion.ids.at(-1) as number, 4], images: [] }, settings };
    await expect(worker.call('complete', { conversation: lost.conversation, ...goOn })).rejects.toThrow(/not open/);
    await worker.call('release', lost);
    expect((await worker.call('complete', { conversation: later.conversation, ...goOn })).completion.ids).toHaveLength(6);
  });
});

test('a worker that was closed says so to whoever asks it, at once or later, and starts no thread', async () => {
  const worker = new WorkerClient();
  await worker.call('load', { folder: model, options: {} });
  const justBefore = worker.call('release', { conversation: 1 });
  const closing = worker.close();
  await expect(justBefore).rejects.toThrow('the model worker was closed');
  await closing;
  await expect(worker.call('release', { conversation: 1 })).rejects.toThrow('the model worker was closed');
});

// Elsewhere onnxruntime does not ask for it.
test.runIf(process.arch === 'x64')('threads of models take denormal numbers for zero, each of a process alike', async () => {
  const workers = [1, 2].map(() => new WorkerClient(new URL('./denormal-thread.ts', import.meta.url)));
  const seen = await Promise.all(workers.map((worker) => worker.call('trainDiscard', null)));
  expect(seen).toEqual([0, 0]);
  await Promise.all(workers.map((worker) => worker.close()));
});

test('a worker that is closed in the middle of a pass ends without taking its process along', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(import.meta.dirname, 'worker-close-child.ts')]);
  expect(stdout.trim().split('\n')).toEqual(new Array<string>(8).fill('the model worker was closed'));
});
