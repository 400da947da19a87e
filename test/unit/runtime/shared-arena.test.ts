import { afterAll, expect, test, vi } from 'vitest';

afterAll(() => vi.doUnmock('koffi'));

test('where onnxruntime’s C interface cannot be had, programs work in memory of their own, and the reason is told', async () => {
  const load = (): never => {
    throw new Error('no such library');
  };
  vi.doMock('koffi', () => ({ default: { load } }));
  const { arenaFault } = await import('../../../main/runtime/shared-arena.ts');
  const { Runtime } = await import('../../../main/runtime/session.ts');
  expect(await arenaFault()).toBe('no such library');
  const runtime = new Runtime({ provider: 'cpu', threads: 1 });
  expect(await runtime.tryOut()).toBeUndefined();
  await runtime.release();
});
