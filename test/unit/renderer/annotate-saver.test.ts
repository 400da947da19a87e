import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EditedStep } from '../../../main/records/annotation.ts';
import { type Edits, type Field, type Had, Saver, type Written, pauseMs } from '../../../renderer/pages/annotate/edit/saver.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type Answer = { readonly question?: string; readonly split?: string; readonly image?: string; readonly steps?: EditedStep[] };

/** An engine that answers when it is told to, and a storage. */
function bench(first: Written = { edits: {}, before: {} }, base: Answer = { question: 'as it was' }) {
  const sent: { readonly edits: Edits; readonly before: Had; readonly answer: (base: Answer, refused?: readonly Field[]) => void; readonly fail: (error: Error) => void }[] = [];
  let kept = first;
  const send = (edits: Edits, before: Had) => new Promise<{ base: Answer; refused: readonly Field[] }>((resolve, reject) => void sent.push({ edits, before, answer: (base, refused = []) => resolve({ base, refused }), fail: reject }));
  const saver = new Saver<Answer>(base, (each) => each, send, { read: () => kept, write: (written) => void (kept = written) });
  return { saver, sent, kept: () => kept };
}

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

test('an edit is kept at once, sent after a pause, and gives way to the answer', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ question: 'wh' });
  await vi.advanceTimersByTimeAsync(pauseMs - 1);
  saver.edit({ question: 'which' });
  expect(kept()).toEqual({ edits: { question: 'which' }, before: { question: 'as it was' } });
  await vi.advanceTimersByTimeAsync(pauseMs - 1);
  expect(sent).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'which' }]);
  expect(saver.now).toMatchObject({ base: { question: 'as it was' }, edits: { question: 'which' }, state: 'saving' });
  sent[0]?.answer({ question: 'which' });
  await settle();
  expect(saver.now).toEqual({ base: { question: 'which' }, edits: {}, before: {}, state: 'saved', refused: [] });
  expect(kept()).toEqual({ edits: {}, before: {} });
});

test('what was written while another text was under way stays, and is sent after it', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ question: 'one', split: 'hard' });
  const flushed = saver.flush();
  saver.edit({ question: 'one two' });
  sent[0]?.answer({ question: 'one', split: 'hard' });
  await settle();
  expect(saver.now).toMatchObject({ base: { question: 'one' }, edits: { question: 'one two' } });
  expect(kept()).toEqual({ edits: { question: 'one two' }, before: { question: 'one' } });
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'one', split: 'hard' }, { question: 'one two' }]);
  expect(sent.map(({ before }) => before)).toEqual([{ question: 'as it was' }, { question: 'one' }]);
  sent[1]?.answer({ question: 'one two' });
  expect(await flushed).toBe(true);
  expect(saver.now).toEqual({ base: { question: 'one two' }, edits: {}, before: {}, state: 'saved', refused: [] });
});

test('a failure is said and keeps everything; the next flush tries again', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ answers: ['7'] });
  const flushed = saver.flush();
  sent[0]?.fail(new Error('the disk is full'));
  expect(await flushed).toBe(false);
  expect(saver.now).toMatchObject({ edits: { answers: ['7'] }, state: 'failed', fault: new Error('the disk is full') });
  expect(kept().edits).toEqual({ answers: ['7'] });
  const again = saver.flush();
  sent[1]?.answer({});
  expect(await again).toBe(true);
});

test('what a reload interrupted waits to be sent; nothing is sent where nothing waits', async () => {
  const { saver, sent } = bench({ edits: { question: 'half a sen' }, before: { question: '' } });
  expect(saver.now).toMatchObject({ edits: { question: 'half a sen' }, state: 'waiting' });
  void saver.flush();
  expect(sent.map(({ edits }) => edits)).toEqual([{ question: 'half a sen' }]);
  expect(await bench().saver.flush()).toBe(true);
});

test('an answer to something else leaves what is being written alone', () => {
  const { saver } = bench();
  saver.edit({ question: 'mine' });
  saver.rebase({ question: 'theirs' });
  expect(saver.now).toMatchObject({ base: { question: 'theirs' }, edits: { question: 'mine' }, before: { question: 'as it was' } });
});

test('what another window changed meanwhile waits for a choice: theirs gives the edit up, mine is sent over it', async () => {
  const { saver, sent, kept } = bench();
  saver.edit({ question: 'mine', split: 'hard' });
  const flushed = saver.flush();
  sent[0]?.answer({ question: 'theirs', split: 'hard' }, ['question']);
  expect(await flushed).toBe(false);
  expect(saver.now).toEqual({ base: { question: 'theirs', split: 'hard' }, edits: { question: 'mine' }, before: { question: 'as it was' }, state: 'refused', refused: ['question'] });
  expect(kept()).toEqual({ edits: { question: 'mine' }, before: { question: 'as it was' } });
  saver.settle('question', 'mine');
  expect(sent[1]).toMatchObject({ edits: { question: 'mine' }, before: { question: 'theirs' } });
  sent[1]?.answer({ question: 'theirs again' }, ['question']);
  await settle();
  expect(saver.now).toMatchObject({ state: 'refused', base: { question: 'theirs again' } });
  saver.settle('question', 'theirs');
  expect(saver.now).toMatchObject({ edits: {}, before: {}, state: 'saved', refused: [] });
  expect(kept()).toEqual({ edits: {}, before: {} });
  expect(sent).toHaveLength(2);
});

test('a choice that is made while the edit is under way once more holds', async () => {
  for (const whose of ['mine', 'theirs'] as const) {
    const { saver, sent } = bench();
    saver.edit({ question: 'mine' });
    void saver.flush();
    sent[0]?.answer({ question: 'theirs' }, ['question']);
    await settle();
    // As the pointer takes the focus out of the field.
    void saver.flush();
    saver.settle('question', whose);
    sent[1]?.answer({ question: 'theirs' }, ['question']);
    await settle();
    if (whose === 'mine') sent[2]?.answer({ question: 'mine' });
    await settle();
    expect(sent.map(({ before }) => before.question)).toEqual(['as it was', 'as it was', ...(whose === 'mine' ? ['theirs'] : [])]);
    expect(saver.now).toMatchObject({ base: { question: whose }, edits: {}, state: 'saved', refused: [] });
  }
});

test('what the engine wrote before it went away is no change of others', async () => {
  const { saver, sent } = bench();
  saver.edit({ question: 'half' });
  void saver.flush();
  sent[0]?.fail(new Error('disconnected'));
  await settle();
  saver.edit({ question: 'half and half' });
  const flushed = saver.flush();
  sent[1]?.answer({ question: 'half' }, ['question']);
  await settle();
  expect(sent[2]).toMatchObject({ edits: { question: 'half and half' }, before: { question: 'half' } });
  sent[2]?.answer({ question: 'half and half' });
  expect(await flushed).toBe(true);
  expect(saver.now.state).toBe('saved');
});

test('a field that is begun while another is under way was written on what was seen then', async () => {
  const { saver, sent } = bench(undefined, { question: 'as it was', split: 'easy' });
  saver.edit({ question: 'mine' });
  void saver.flush();
  saver.edit({ split: 'hard' });
  sent[0]?.answer({ question: 'mine', split: 'theirs' });
  await settle();
  expect(sent[1]).toMatchObject({ edits: { split: 'hard' }, before: { split: 'easy' } });
});

const step = (think: string, result: string | null): EditedStep => ({ kind: 'code', think, body: 'x', information: '', result });

test('steps say what image they were written on; when another comes from elsewhere, they lose what code made of it', async () => {
  const { saver, sent } = bench(undefined, { image: 'old', steps: [step('', null)] });
  saver.edit({ steps: [step('so', 'of old')] });
  expect(saver.now.before).toEqual({ image: 'old', steps: [step('', null)] });
  saver.rebase({ image: 'new', steps: [step('', null)] });
  expect(saver.now).toMatchObject({ edits: { steps: [step('so', null)] }, before: { image: 'new' } });
  // Code that ran on the new one counts.
  saver.edit({ steps: [step('so', 'of new')] });
  void saver.flush();
  expect(sent.map(({ edits, before }) => [edits.steps, before.image])).toEqual([[[step('so', 'of new')], 'new']]);
});

test('of an image that two windows exchanged, giving up the own one gives up what code made of it', async () => {
  const { saver, sent } = bench(undefined, { image: 'old', steps: [step('', 'of old')] });
  saver.edit({ image: 'mine' });
  saver.edit({ steps: [step('so', 'of mine')] });
  const flushed = saver.flush();
  sent[0]?.answer({ image: 'theirs', steps: [step('so', null)] }, ['image']);
  expect(await flushed).toBe(false);
  expect(saver.now).toMatchObject({ state: 'refused', refused: ['image'], edits: { image: 'mine' } });
  saver.edit({ steps: [step('so', 'of mine')] });
  saver.settle('image', 'theirs');
  expect(sent[1]).toMatchObject({ edits: { steps: [step('so', null)] }, before: { image: 'theirs' } });
  expect(sent[1]?.edits).not.toHaveProperty('image');
});

test('an edit that a reload interrupted is put on the image that came meanwhile', () => {
  const { saver } = bench({ edits: { steps: [step('so', 'of old')] }, before: { image: 'old', steps: [step('', 'of old')] } }, { image: 'new' });
  expect(saver.now).toMatchObject({ edits: { steps: [step('so', null)] }, before: { image: 'new', steps: [step('', null)] } });
});
