import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RandomStream } from '../../../main/generation/random.ts';
import { shuffled } from '../../../main/data/mini/random.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
beforeAll(() => folder.pictures('a_proc.png', 'a_ori.png', 'b_proc.png', 'c.png'));
afterAll(() => folder.remove());

/** A chain as MAT's coding file has it: problem, code, answer; the answer step shows the repaired picture. */
function codingChain(i: number): readonly object[] {
  const problem = `<query> question ${i} </query>`;
  const [found, code] = [`<think>it is dark</think>\n<problem> {'dark', 'rotation90'} </problem>`, `<think>repair ${i}</think>\n<code>\n\`\`\`python\nx = ${i}\n\`\`\`\n</code>`];
  return [
    { type: 'pre_problem', image_path: 'a_proc.png', problem, solution: "<problem> {'dark', 'rotation90'} </problem>", gt: found },
    { type: 'pre_code', image_path: 'a_proc.png', problem, context: `${found}\n`, solution: code, gt: code },
    { type: 'pre_answer', image_path: 'a_ori.png', problem, context: `${found}\n${code}\n`, solution: `<answer> ${i} </answer>`, gt: 'x' },
  ];
}

const clean = (i: number): readonly object[] => {
  const problem = `<query> clean ${i} </query>`;
  return [
    { type: 'pre_problem', image_path: 'c.png', problem, solution: "<problem> {'none'} </problem>", gt: 'x' },
    { type: 'pre_answer', image_path: 'c.png', problem, context: "<think>fine</think><problem> {'none'} </problem>", solution: '<answer> yes </answer>', gt: 'x' },
  ];
};

/** A chain of searches; the prompt grows either in `context` or in `problem`. */
function searchChain(i: number, steps: number, inside: 'context' | 'problem'): readonly object[] {
  let before = '';
  return Array.from({ length: steps + 1 }, (_, k) => {
    const solution = k < steps ? `<think>look</think><search>query ${i} ${k}</search>` : `<think>done</think><answer>answer ${i}</answer>`;
    const problem = `Question ${i}?`;
    const row = inside === 'context' ? { image_path: 'b_proc.png', problem, context: before, solution } : { image_path: 'b_proc.png', problem: problem + before, solution };
    before += `\n${solution}\n<information> 1. Content: found ${k} </information>`;
    return row;
  });
}

const orders: readonly (readonly [string, (rows: readonly object[]) => readonly object[]])[] = [
  ['in order', (rows) => rows],
  ['backwards', (rows) => rows.toReversed()],
  ['shuffled', (rows) => shuffled(new RandomStream(5, 0), rows)],
];

describe.each(orders)('steps %s', (_, order) => {
  test('of coding become chains again, and the same bytes', async () => {
    const text = JSON.stringify(order([...Array.from({ length: 9 }, (__, i) => codingChain(i)), ...Array.from({ length: 3 }, (__, i) => clean(i))].flat()), null, 4);
    const { written, records, faults } = await folder.roundTrip('coding.json', text, true);
    expect(written.toString()).toBe(text);
    expect(faults).toEqual([]);
    expect(records.map(({ chain }) => chain?.length).sort()).toEqual([...new Array<number>(3).fill(2), ...new Array<number>(9).fill(3)]);
    const record = records.find(({ question }) => question === 'question 4');
    expect(record).toMatchObject({ task: 'coding', answers: ['4'], issues: ['dark', 'rotation90'] });
    expect(record?.chain?.map(({ kind }) => kind)).toEqual(['problem', 'code', 'answer']);
    expect(record?.chain?.[1]?.context).toContain("<problem> {'dark', 'rotation90'} </problem>");
    // The repaired picture is the answer step's own, and the clean one of the sample.
    expect(record?.cleanImage).toBe(record?.chain?.[2]?.image);
    expect(record?.cleanImage).not.toBe(record?.images[0]);
    expect(record?.chain?.[1]?.image).toBeUndefined();
  });

  test.each(['context', 'problem'] as const)('of search become chains again, with the chain inside the %s', async (inside) => {
    const text = JSON.stringify(order([1, 2, 3, 11].flatMap((i) => searchChain(i, i === 2 ? 0 : 3, inside))), null, 2);
    const { written, records } = await folder.roundTrip('search.json', text, true);
    expect(written.toString()).toBe(text);
    expect(records.map(({ question, answers, chain }) => [question, answers[0], chain?.length]).sort()).toEqual([11, 1, 2, 3].map((i) => [`Question ${i}?`, `answer ${i}`, i === 2 ? 1 : 4]));
    const steps = records.find(({ question }) => question === 'Question 3?')?.chain ?? [];
    expect(steps.map(({ kind }) => kind)).toEqual(['search', 'search', 'search', 'answer']);
    expect(steps[2]?.context).toContain('<search>query 3 1</search>\n<information> 1. Content: found 1 </information>');
    expect(steps[0]?.context).toBe('');
  });
});

test('two chains of one question stay apart, each with the steps that quote it', async () => {
  const [first, code, answer] = codingChain(1) as [Record<string, string>, Record<string, string>, Record<string, string>];
  const other = (row: Record<string, string>): object => ({ ...row, solution: row['solution']?.replaceAll('dark', 'blur'), gt: row['gt']?.replaceAll('dark', 'blur'), ...(row['context'] && { context: row['context'].replaceAll('dark', 'blur') }) });
  const { records } = await folder.roundTrip('two.json', JSON.stringify([first, other(first), other(code), code, answer, other(answer)]), true);
  expect(records.map(({ chain }) => chain?.map(({ solution, context }) => `${/dark|blur/.exec(solution + context)?.[0]}`))).toEqual([new Array(3).fill('dark'), new Array(3).fill('blur')]);
});

test('a step whose beginning is missing is a chain of its own; a broken one is listed', async () => {
  const [, code, answer] = codingChain(1);
  const { records, faults } = await folder.import(folder.write('part.json', JSON.stringify([code, { ...answer, type: 'pre_nothing' }, ...codingChain(2)], null, 1)));
  expect(records.map(({ chain }) => chain?.length)).toEqual([1, 3]);
  expect(faults).toMatchObject([{ row: 1, kept: false, reason: expect.stringContaining('"pre_nothing"') as string }]);
});
