import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainOf, stepsOf } from '../../../main/data/edited-chain.ts';
import { chainOf as miniChain } from '../../../main/data/mini/chain.ts';
import { type Random, choose, integer } from '../../../main/data/mini/random.ts';
import { miniItems } from '../../../main/data/mini/items.ts';
import { RandomStream } from '../../../main/generation/random.ts';
import type { EditedStep } from '../../../main/records/annotation.ts';
import { type ChainStep, type Sample, sample as schema } from '../../../main/records/sample.ts';
import { DataFolder } from './fixture.ts';

const folder = new DataFolder();
beforeAll(() => folder.pictures('a_proc.png', 'a_ori.png', 'b.png'));
afterAll(() => folder.remove());

const sampleWith = (chain: readonly ChainStep[], images: readonly string[] = ['own.png']): Sample => ({ version: 1, id: 's', task: 'coding', question: 'q', answers: ['4'], images, chain });
const step = (kind: EditedStep['kind'], body: string, more: Partial<EditedStep> = {}): EditedStep => ({ kind, think: '', body, information: '', result: null, ...more });
const unedited = (sample: Sample): readonly ChainStep[] => chainOf(stepsOf(sample), sample);

const repaired: readonly ChainStep[] = [
  { kind: 'problem', context: '', solution: "<think>dim</think><problem>{'dark'}</problem>" },
  { kind: 'code', context: "\n<think>dim</think><problem>{'dark'}</problem>", solution: '<think>brighten</think><code>x = 1</code>' },
  { kind: 'answer', context: "\n<think>dim</think><problem>{'dark'}</problem>\n<think>brighten</think><code>x = 1</code>", solution: '<think>clear</think><answer>4</answer>', image: 'fixed.png' },
];
const found: readonly ChainStep[] = [
  { kind: 'search', context: '', solution: '<search>b animal</search>' },
  { kind: 'answer', context: '\n<search>b animal</search>\n<information> 1. Content: the owl </information>', solution: '<think>so</think><answer>owl</answer>' },
];

describe('reading', () => {
  test('a repair: thoughts, bodies, and the image that code made', () => {
    expect(stepsOf(sampleWith(repaired))).toEqual([step('problem', "{'dark'}", { think: 'dim' }), step('code', 'x = 1', { think: 'brighten', result: 'fixed.png' }), step('answer', '4', { think: 'clear' })]);
  });

  test('a search: what it brought; what stands between the tags as it stands there', () => {
    expect(stepsOf(sampleWith(found))).toEqual([step('search', 'b animal', { information: '1. Content: the owl' }), step('answer', 'owl', { think: 'so' })]);
    expect(stepsOf(sampleWith([{ kind: 'code', context: '', solution: ' <think> a\nb </think>\n<code>\n```python\nx = 1\n```\n</code>\n' }]))).toEqual([step('code', '\n```python\nx = 1\n```\n', { think: ' a\nb ' })]);
  });

  test('the thought that MAT keeps in gt alone; a solution of another shape as a body', () => {
    const problem: ChainStep = { kind: 'problem', context: '', solution: "<problem> {'dark'} </problem>", extra: { gt: "<think>dim</think>\n<problem> {'dark'} </problem>" } };
    expect(stepsOf(sampleWith([problem]))).toEqual([step('problem', " {'dark'} ", { think: 'dim' })]);
    expect(stepsOf(sampleWith([{ ...problem, extra: { gt: "<think>dim</think><problem>{'blur'}</problem>" } }]))[0]?.think).toBe('');
    for (const solution of ['yes', 'Well. <answer>yes</answer>', '<think>a<answer>yes</answer>', '<answer>yes', '']) expect(stepsOf(sampleWith([{ kind: 'answer', context: '', solution }]))).toEqual([step('answer', solution)]);
    expect(stepsOf({ ...sampleWith([]), chain: undefined } as unknown as Sample)).toEqual([]);
  });
});

describe('what was not edited is written as it was', () => {
  test('the built-in task', () => {
    const kinds = new Set<string>();
    for (const item of miniItems(5, 'train', 120)) {
      kinds.add(item.kind);
      const sample = { ...item.sample, chain: miniChain(item, 'sha256:repaired') };
      expect(unedited(sample)).toEqual(sample.chain);
    }
    expect(kinds.size).toBeGreaterThan(8);
  });

  const problem = '<query> which ? </query>';
  const coding = [
    { type: 'pre_problem', image_path: 'a_proc.png', problem, solution: "<problem> {'dark'} </problem>", gt: "<think>dim</think>\n<problem> {'dark'} </problem>", note: 1 },
    { type: 'pre_code', image_path: 'a_proc.png', problem, context: "<think>dim</think>\n<problem> {'dark'} </problem>\n", solution: '<think>brighten</think>\n<code>\n```python\nx\n```\n</code>' },
    { type: 'pre_answer', image_path: 'a_ori.png', problem, context: "<think>dim</think>\n<problem> {'dark'} </problem>\n<think>brighten</think>\n<code>\n```python\nx\n```\n</code>\n", solution: '<answer> 4 </answer>', gt: 'x' },
  ];
  const search = (inside: boolean): readonly object[] => {
    const [first, back] = ['<think>l</think><search>b</search>', '\n<think>l</think><search>b</search>\n<information>1. owl</information>'];
    return [{ image_path: 'b.png', problem: 'Who?', context: '', solution: first }, { image_path: 'b.png', ...(inside ? { problem: `Who?${back}` } : { problem: 'Who?', context: back }), solution: '<answer> owl </answer>' }];
  };

  test.each([['coding', coding], ['search', search(false)], ['search, the chain inside the problem', search(true)]])('an imported training file: %s', async (_, rows) => {
    const text = JSON.stringify(rows, null, 4);
    const { records } = await folder.roundTrip('training.json', text, true);
    expect(records).toHaveLength(1);
    for (const record of records) expect(unedited(record)).toEqual(record.chain);
  });

  test('an edit of an imported step leaves the rows before it, and what was said twice goes', async () => {
    const { records: [record] } = await folder.roundTrip('training.json', JSON.stringify(coding, null, 4), true);
    const chain = record?.chain as readonly ChainStep[];
    const steps = stepsOf(record as Sample);
    expect(steps.map(({ think, body }) => [think, body.trim()])).toEqual([['dim', "{'dark'}"], ['brighten', '```python\nx\n```'], ['', '4']]);
    const edited = chainOf(steps.map((each, i) => (i === 0 ? { ...each, body: "{'blur'}" } : each)), record as Sample);
    expect(edited[0]).toEqual({ kind: 'problem', context: '', solution: "<think>dim</think><problem>{'blur'}</problem>", extra: { image_path: 'a_proc.png', note: 1 } });
    expect(edited[1]).toEqual({ ...chain[1], context: "\n<think>dim</think><problem>{'blur'}</problem>" });
    expect(edited[2]).toEqual({ ...chain[2], context: `${edited[1]?.context}\n${chain[1]?.solution}` });
    const { records: [grown] } = await folder.roundTrip('training.json', JSON.stringify(search(true), null, 4), true);
    expect(grown?.chain?.[1]?.extra).toHaveProperty('problem');
    const asked = chainOf(stepsOf(grown as Sample).map((each, i) => (i === 0 ? { ...each, information: '1. cat' } : each)), grown as Sample);
    expect(asked[0]).toEqual(grown?.chain?.[0]);
    expect(asked[1]).toEqual({ kind: 'answer', context: '\n<think>l</think><search>b</search>\n<information> 1. cat </information>', solution: '<answer> owl </answer>', extra: { image_path: 'b.png' } });
  });

  test('odd chains: solutions without tags, contexts that do not continue, images that come and go', () => {
    const odd: readonly (readonly ChainStep[])[] = [
      [],
      [{ kind: 'answer', context: 'told before', solution: 'yes', extra: {} }],
      [{ kind: 'search', context: 'a', solution: 'look' }, { kind: 'answer', context: 'b<information>x</information>', solution: 'y' }],
      [{ kind: 'problem', context: '', solution: 'p', image: 'other.png' }, { kind: 'code', context: '', solution: 'c', image: 'own.png' }, { kind: 'answer', context: '', solution: 'a' }, { kind: 'answer', context: '', solution: 'a', image: 'x.png' }],
      [{ kind: 'search', context: '', solution: '<search>a</search>' }, { kind: 'answer', context: '\n<search>a</search>\n<information>1</information>\n<search>b</search>\n<information>2</information>', solution: '<answer>y</answer>' }],
      [{ kind: 'search', context: '', solution: '<search>a</search>', extra: { brought: 'text' } }, { kind: 'search', context: '', solution: '<search>a</search>', extra: { brought: 7 } }],
    ];
    for (const chain of odd) for (const images of [['own.png'], []]) expect(unedited(sampleWith(chain, images))).toEqual(chain);
  });
});

describe('edits', () => {
  const sample = sampleWith(repaired);
  const [problem, code, answer] = stepsOf(sample) as [EditedStep, EditedStep, EditedStep];

  test('a chain from nothing, written as the built-in task writes it', () => {
    const { chain: _, ...bare } = sample;
    expect(chainOf([problem, code, answer], bare)).toEqual(repaired);
    expect(chainOf(stepsOf(sampleWith(found)), bare)).toEqual(found);
  });

  test('a step that is inserted, removed, moved: the others keep what they say', () => {
    const extra = { mark: 1 };
    const marked = sampleWith(repaired.map((each, i) => (i === 1 ? { ...each, solution: '<think>brighten</think>\n\n<code>x = 1</code>', extra } : each)));
    const steps = stepsOf(marked) as [EditedStep, EditedStep, EditedStep];
    const inserted = chainOf([step('search', 'what', { information: 'this' }), ...steps], marked);
    expect(inserted.map(({ context }) => context)).toEqual(['', '\n<search>what</search>\n<information> this </information>', `\n<search>what</search>\n<information> this </information>\n${repaired[0]?.solution}`, expect.stringContaining('\n\n<code>x = 1</code>')]);
    expect(inserted[2]).toMatchObject({ solution: '<think>brighten</think>\n\n<code>x = 1</code>', extra });
    expect(inserted[3]).toMatchObject({ image: 'fixed.png' });
    const removed = chainOf([steps[0], steps[2]], marked);
    expect(removed).toEqual([repaired[0], { kind: 'answer', context: repaired[1]?.context, solution: repaired[2]?.solution }]);
    expect(chainOf([steps[1], steps[0], steps[2]], marked)).toMatchObject([{ kind: 'code', context: '', extra }, { kind: 'problem', image: 'fixed.png' }, { kind: 'answer', image: 'fixed.png' }]);
  });

  test('another image for code: later steps look at it, what they say stays', () => {
    const edited = chainOf([problem, { ...code, result: 'better.png' }, answer], sample);
    expect(edited).toEqual(repaired.map((each, i) => (i === 2 ? { ...each, image: 'better.png' } : each)));
    expect(chainOf([problem, { ...code, result: null }, answer], sample)[2]).not.toHaveProperty('image');
  });

  test('what the last step brought is not lost while the next is not written', () => {
    const { chain: _, ...bare } = sample;
    for (const last of [step('search', 'b', { information: 'the owl' }), step('code', 'x', { result: 'made.png' })]) {
      const half = { ...bare, chain: chainOf([problem, last], bare) };
      expect(stepsOf(half)).toEqual([problem, last]);
      expect(schema.parse(half)).toEqual(half);
      const whole = { ...bare, chain: chainOf([...stepsOf(half), answer], half) };
      expect(stepsOf(whole)).toEqual([problem, last, answer]);
      expect(JSON.stringify(whole)).not.toContain('brought');
      expect(stepsOf({ ...bare, chain: chainOf(stepsOf(whole).slice(0, 2), whole) })).toEqual([problem, last]);
    }
  });

  test('code that was not run has no image, whatever code before it made; one that made the same image has it', () => {
    const made = { ...code, result: 'fixed.png' };
    for (const result of [null, 'fixed.png', 'own.png']) {
      const steps = [problem, made, { ...code, body: 'y', result }, answer];
      expect(stepsOf(sampleWith(chainOf(steps, sample)))).toEqual(steps);
    }
    const same = [problem, { ...code, result: 'own.png' }, answer];
    expect(stepsOf(sampleWith(chainOf(same, sample)))).toEqual(same);
  });

  test('a body of another shape may keep its tags; a changed one without any gets them', () => {
    const shaped = sampleWith([{ kind: 'answer', context: '', solution: 'Well. <answer>5</answer>' }]);
    const written = (body: string): string | undefined => chainOf([step('answer', body)], shaped)[0]?.solution;
    expect([written('Well. <answer>4</answer>'), written('4')]).toEqual(['Well. <answer>4</answer>', '<answer>4</answer>']);
  });

  const words = ['', 'a', ' b ', '{', '\n```python\nx\n```\n', '图', '😀', "it's 4"];
  const draw = (random: Random): EditedStep => {
    const kind = choose(random, ['problem', 'code', 'search', 'answer'] as const);
    return { kind, think: choose(random, words), body: choose(random, words), information: kind === 'search' ? choose(random, words).trim() : '', result: kind === 'code' ? choose(random, [null, 'x.png', 'y.png']) : null };
  };

  test('500 random edits: what was written is read again, and contexts grow', () => {
    const random = new RandomStream(11, 0);
    let current: Sample = sample;
    for (let i = 0; i < 500; i++) {
      const steps = [...stepsOf(current)];
      const [at, to] = [integer(random, 0, steps.length), integer(random, 0, Math.max(0, steps.length - 1))];
      const way = integer(random, 0, 3);
      if (way === 0 && steps.length < 8) steps.splice(at, 0, draw(random));
      else if (way === 1) steps.splice(to, 1);
      else if (way === 2 && steps.length > 0) steps[to] = draw(random);
      else steps.splice(at, 0, ...steps.splice(to, 1));
      const chain = chainOf(steps, current);
      const before = current;
      current = { ...current, chain };
      expect(stepsOf(current)).toEqual(steps);
      expect(unedited(current)).toEqual(chain);
      expect(schema.safeParse(current).success).toBe(true);
      for (const [k, each] of chain.entries()) {
        if (k > 0) expect(each.context).toBe(`${chain[k - 1]?.context}\n${chain[k - 1]?.solution}${steps[k - 1]?.information ? `\n<information> ${steps[k - 1]?.information} </information>` : ''}`);
        const old = stepsOf(before).findIndex(({ kind, think, body }) => kind === each.kind && think === steps[k]?.think && body === steps[k]?.body);
        if (old >= 0) expect(before.chain?.map(({ solution }) => solution)).toContain(each.solution);
      }
    }
  });
});
