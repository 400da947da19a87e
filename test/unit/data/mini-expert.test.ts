import { describe, expect, test } from 'vitest';
import { parseTags } from '../../../main/agent/protocols/tags.ts';
import { expertCompletion } from '../../../main/data/mini/expert.ts';
import { miniItems } from '../../../main/data/mini/items.ts';
import { passagesOf, worldOfSplit } from '../../../main/data/mini/world.ts';
import type { Observation } from '../../../main/records/trajectory.ts';

const items = miniItems(7, 'test', 300);
const ran = (status: string): Observation => ({ kind: 'code', status, stdout: '', stderr: '', outputs: status === 'ok' ? [{ name: 'path_to_output_image.jpg', image: 'sha256:0', width: 56, height: 56 }] : [], ms: 1 });

describe('the expert', () => {
  test('every completion is one action, and the last one answers', () => {
    for (const { sample, kind } of items) {
      const first = parseTags(expertCompletion(sample, []));
      expect(first.kind).toBe(kind === 'search' ? 'search' : kind === 'none' ? 'answer' : 'code');
      if (kind === 'none' || kind === 'search') continue;
      expect(first).toMatchObject({ code: expect.stringContaining('path_to_output_image.jpg') as string });
      expect(parseTags(expertCompletion(sample, [ran('ok')]))).toMatchObject({ kind: 'answer', answer: sample.answers[0] });
    }
  });

  test('what it answers after a search is what the passage says, whatever the record says', () => {
    const { sample, ...item } = items.find(({ kind }) => kind === 'search') as Extract<(typeof items)[number], { kind: 'search' }>;
    for (const split of ['train', 'test'] as const) {
      const world = worldOfSplit(7, split);
      const information: Observation = { kind: 'information', query: 'x', passages: passagesOf(world).toReversed() };
      expect(expertCompletion(sample, [information])).toContain(`<answer>${world[item.letter][item.attribute]}</answer>`);
    }
    expect(expertCompletion(sample, [{ kind: 'information', query: 'x', passages: [] }])).toContain('<answer>unknown</answer>');
  });

  test('it does not know what it could not repair', () => {
    const { sample } = items.find(({ kind }) => kind === 'dark') as (typeof items)[number];
    expect(expertCompletion(sample, [ran('exit 1')])).toContain('<answer>unknown</answer>');
    expect(expertCompletion(sample, [{ kind: 'notice', text: 'off' }])).toContain('<answer>unknown</answer>');
  });

  test('a sample of another task is an InputError', () => {
    expect(() => expertCompletion({ version: 1, id: 'a', task: 'coding', question: 'q', answers: [], images: [] }, [])).toThrow(/MAT-mini/);
  });
});
