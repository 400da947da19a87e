import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Edits, Saver, pauseMs } from '../../../renderer/pages/annotate/edit/saver.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** An engine that answers when it is told to, and a storage. */
function bench(first: Edits = {}) {
  const sent: { readonly edits: Edits; readonly answer: (base: string) => void; readonly fail: (error: Error) => void }[] = [];
  let kept = first;
  const saver = new Saver<string>('as it was', (edits) => new Promise((resolve, reject) => void sent.push({ edits, answer: resolve, fail: reject })), { read: () => kept, write: (edits) => void (kept = edits) });
  return { saver, sent, kept: () => kept };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('an edit is kept at once, sent after a pause, and gives way to the answer', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ question: 'wh' });
  await vi.advanceTimersByTimeAsync(pauseMs - 1);
  saver.edit({ question: 'which' });
  expect(kept()).toEqual({ question: 'which' });
  await vi.advanceTimersByTimeAsync(pauseMs - 1);
  expect(sent).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'which' }]);
  expect(saver.now).toMatchObject({ base: 'as it was', edits: { question: 'which' }, state: 'saving' });
  sent[0]?.answer('which');
  await settle();
  expect(saver.now).toEqual({ base: 'which', edits: {}, state: 'saved' });
  expect(kept()).toEqual({});
});

test('what was written while another text was under way stays, and is sent after it', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ question: 'one', split: 'hard' });
  const flushed = saver.flush();
  saver.edit({ question: 'one two' });
  sent[0]?.answer('one');
  await settle();
  expect(saver.now).toMatchObject({ base: 'one', edits: { question: 'one two' } });
  expect(kept()).toEqual({ question: 'one two' });
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'one', split: 'hard' }, { question: 'one two' }]);
  sent[1]?.answer('one two');
  expect(await flushed).toBe(true);
  expect(saver.now).toEqual({ base: 'one two', edits: {}, state: 'saved' });
});

test('a failure is said and keeps everything; the next flush tries again', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ answers: ['7'] });
  const flushed = saver.flush();
  sent[0]?.fail(new Error('the disk is full'));
  expect(await flushed).toBe(false);
  expect(saver.now).toMatchObject({ edits: { answers: ['7'] }, state: 'failed', fault: new Error('the disk is full') });
  expect(kept()).toEqual({ answers: ['7'] });
  const again = saver.flush();
  sent[1]?.answer('7');
  expect(await again).toBe(true);
});

test('what a reload interrupted waits to be sent; nothing is sent where nothing waits', async () => {
  const { saver, sent } = bench({ question: 'half a sen' });
  expect(saver.now).toMatchObject({ edits: { question: 'half a sen' }, state: 'waiting' });
  void saver.flush();
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'half a sen' }]);
  expect(await bench().saver.flush()).toBe(true);
});

test('an answer to something else leaves what is being written alone', () => {
  const { saver } = bench();
  saver.edit({ question: 'mine' });
  saver.rebase('theirs');
  expect(saver.now).toMatchObject({ base: 'theirs', edits: { question: 'mine' } });
});
