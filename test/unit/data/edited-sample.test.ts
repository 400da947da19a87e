import { afterAll, beforeAll, expect, test } from 'vitest';
import { lacksOf } from '../../../main/data/annotation-lacks.ts';
import { stepsOf } from '../../../main/data/edited-chain.ts';
import { withChange, withIssues } from '../../../main/data/edited-sample.ts';
import { exportFile } from '../../../main/data/export.ts';
import { formats } from '../../../main/data/formats/table.ts';
import { InputError } from '../../../main/records/input-error.ts';
import type { Sample } from '../../../main/records/sample.ts';
import { readFileSync } from 'node:fs';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
beforeAll(() => folder.pictures('a.png', 'b.png'));
afterAll(() => folder.remove());

const sample: Sample = { version: 1, id: 's', task: 'coding', question: 'q', answers: ['a'], images: ['clean', 'second'], split: 'hard' };

async function written(of: Sample, format: keyof typeof formats): Promise<readonly Record<string, unknown>[]> {
  const out = `${folder.path}/out-${format}`;
  await exportFile(out, [of], format === 'chat' ? { ...formats.samples.fresh, format: 'chat' } : formats[format].fresh, { store: folder.store });
  const text = readFileSync(out, 'utf8');
  return text.trimStart().startsWith('[') ? (JSON.parse(text) as Record<string, unknown>[]) : text.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('fields are written, taken away, and the others stay in their order', () => {
  expect(withChange(sample, {})).toEqual(sample);
  expect(JSON.stringify(withChange(sample, { question: 'r', answers: [], task: 'search' }))).toBe(JSON.stringify({ ...sample, question: 'r', answers: [], task: 'search' }));
  expect(withChange(sample, { split: '', box: [0, 0, 1, 1] })).toEqual({ version: 1, id: 's', task: 'coding', question: 'q', answers: ['a'], images: ['clean', 'second'], box: [0, 0, 1, 1] });
  for (const box of [[1, 0, 1, 2], [0, 3, 1, 2], [5, 5, 4, 4]] as const) expect(() => withChange(sample, { box: [...box] })).toThrow(InputError);
});

test('issues bring the spoiled image before the agent, and the clean one back', () => {
  const spoiled = withIssues(sample, ['dark', 'crop'], { clean: 'clean', shown: 'dim' });
  expect(spoiled).toEqual({ ...sample, images: ['dim', 'second'], cleanImage: 'clean', issues: ['dark', 'crop'] });
  expect(withIssues(spoiled, ['crop'], { clean: 'clean', shown: 'clean' })).toEqual({ ...sample, issues: ['crop'] });
  expect(withIssues(spoiled, [], { clean: 'clean', shown: 'clean' })).toEqual(sample);
  expect(withIssues(spoiled, ['dark', 'crop'], { clean: 'clean', shown: 'dim' })).toBe(spoiled);
});

test('another image stands alone: without the clean one, the faults, the pictures of steps and the names of its file', () => {
  const chain = [{ kind: 'code', context: '', solution: '<code>x</code>', image: 'of a row', extra: { image_path: 'a.png', note: 'n' } }, { kind: 'answer', context: '\n<code>x</code>', solution: '<answer>a</answer>', image: 'made' }] as const;
  const spoiled: Sample = { ...sample, cleanImage: 'as it was', issues: ['dark', 'crop'], box: [0, 0, 5, 5], chain, extra: { ori_image_path: 'a.png', note: 'n' } };
  const { split: _, ...changed } = withChange(spoiled, { image: 'other' });
  expect(changed).toEqual({ version: 1, id: 's', task: 'coding', question: 'q', answers: ['a'], images: ['other', 'second'], issues: ['crop'], box: [0, 0, 5, 5], extra: { note: 'n' }, chain: [{ kind: 'code', context: '', solution: '<code>x</code>', extra: { note: 'n' } }, { kind: 'answer', context: '\n<code>x</code>', solution: '<answer>a</answer>' }] });
  expect(stepsOf(withChange(spoiled, { image: 'other' })).map(({ result }) => result)).toEqual([null, null]);
  expect(withChange(spoiled, { image: 'clean' })).toEqual(spoiled);
  expect(withChange({ ...sample, images: [] }, { image: 'first' }).images).toEqual(['first']);
});

test('a new question reaches every row of a chain that repeated the old one', async () => {
  const rows = [{ image_path: 'a.png', problem: 'Who?', solution: '<search>b</search>' }, { image_path: 'a.png', problem: 'Who?\n<search>b</search>\n<information> owl </information>', solution: '<answer>owl</answer>' }];
  const { records: [imported] } = await folder.roundTrip('inside.json', JSON.stringify(rows));
  const changed = withChange(imported as Sample, { question: 'Which bird?' });
  expect(await written(changed, 'mat-search-training')).toMatchObject([{ problem: 'Which bird?' }, { problem: 'Which bird?', context: '\n<search>b</search>\n<information> owl </information>' }]);
  expect(stepsOf(changed)).toEqual(stepsOf(imported as Sample));
});

test('a file’s names for images that are others now are not written back', async () => {
  const benchmark = { id: 1, question: 'q', answers: ['a'], ori_image_path: 'a.png', processed_image_path: 'b.png', type: ['dark'], note: 'n' };
  const chain = [{ type: 'pre_problem', image_path: 'a.png', problem: 'q', solution: '<problem>x</problem>' }];
  const chat = { prompt: [{ role: 'user', content: '<image>q' }], images: ['a.png'], answer: 'a' };
  for (const [row, format] of [[benchmark, 'mat-coding'], [chain, 'mat-coding-training'], [chat, 'chat'], [{ id: 1, question: 'q', answer: 'a', image_path: 'a.png' }, 'mat-search']] as const) {
    const { records: [imported] } = await folder.roundTrip(`${format}.json`, JSON.stringify(Array.isArray(row) ? row : [row]), true);
    const clean = (imported as Sample).cleanImage ?? (imported?.images[0] as string);
    const text = JSON.stringify(await written(withIssues(imported as Sample, ['blur'], { clean, shown: 'sha256:blurred' }), format));
    expect(text).toContain('sha256:blurred');
    expect(text).not.toMatch(/[ab]\.png/);
    if (format === 'mat-coding') expect(text).toContain('"note":"n"');
  }
});

test('what a sample lacks, each once and in its order', () => {
  const empty: Sample = { ...sample, question: ' ', answers: ['', ' '], images: [], issues: ['crop'] };
  const step = { kind: 'code', think: '', body: ' ', information: '', result: null } as const;
  expect(lacksOf(empty, [step, step, { ...step, kind: 'search' }])).toEqual(['question', 'answer', 'image', 'box', 'emptyStep', 'lastStep', 'result', 'information']);
  expect(lacksOf({ ...empty, task: 'search', issues: [] }, [])).toEqual(['question', 'answer']);
  expect(lacksOf(sample, [{ ...step, kind: 'answer', body: '\nA ' }])).toEqual([]);
  expect(lacksOf({ ...sample, answers: ['x', 'é'] }, [{ ...step, kind: 'answer', body: 'É' }, { ...step, kind: 'answer', body: 'y' }])).toEqual(['answerStep']);
});
