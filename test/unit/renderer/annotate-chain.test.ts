import { expect, test } from 'vitest';
import type { EditedStep } from '../../../main/records/annotation.ts';
import { informationOf, looksAt, movedTo, problemText, unfenced, usualChain, withStep, withoutResults } from '../../../renderer/pages/annotate/chain/chain.ts';
import { boxBetween, boxIn, boxText, gripOf, moved, namesBox, questionWithBox, resized } from '../../../renderer/pages/annotate/image/box.ts';
import { withIssue } from '../../../renderer/pages/annotate/image/issues.ts';

const step = (kind: EditedStep['kind'], more: Partial<EditedStep> = {}): EditedStep => ({ kind, think: '', body: 'x', information: '', result: null, ...more });

test('the usual chain of each task, with what is known already', () => {
  const coding = usualChain('coding', { issues: ['rotation90', 'dark'], answers: ['42', 'forty-two'] });
  expect(coding.map(({ kind }) => kind)).toEqual(['problem', 'code', 'answer']);
  expect(coding[0]?.body).toBe("{'rotation90', 'dark'}");
  expect(coding[2]?.body).toBe('42');
  expect(usualChain('search', { issues: [], answers: [] }).map(({ kind, body }) => [kind, body])).toEqual([['search', ''], ['answer', '']]);
  expect(problemText([])).toBe("{'none'}");
});

test('a step looks at what code made last', () => {
  const chain = [step('problem'), step('code', { result: 'a' }), step('code'), step('code', { result: 'b' }), step('answer')];
  expect(chain.map((_, i) => looksAt(chain, i, 'own'))).toEqual(['own', 'own', 'a', 'a', 'b']);
  expect(looksAt([], 0, undefined)).toBe(undefined);
});

test('what code made is gone when the code changes, and what was made of it too', () => {
  const chain = [step('code', { result: 'a' }), step('search', { information: 'i' }), step('code', { result: 'b' })];
  expect(withStep(chain, 0, { body: 'y' }).map(({ result }) => result)).toEqual([null, null, null]);
  expect(withStep(chain, 2, { body: 'y' }).map(({ result }) => result)).toEqual(['a', null, null]);
  expect(withStep(chain, 0, { think: 'why' }).map(({ result }) => result)).toEqual(['a', null, 'b']);
  expect(withStep(chain, 0, { result: 'a' })[2]?.result).toBe('b');
  expect(withStep(chain, 0, { result: 'c' })[2]?.result).toBe(null);
  expect(withStep(chain, 9, { body: 'y' })).toBe(chain);
  expect(withoutResults(chain).map(({ result }) => result)).toEqual([null, null, null]);
});

test('lists: a step moves, and stays where there is no place', () => {
  expect(movedTo(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(movedTo(['a', 'b', 'c'], 0, -1)).toEqual(['a', 'b', 'c']);
  expect(movedTo(['a', 'b', 'c'], 2, 3)).toEqual(['a', 'b', 'c']);
});

test('information as prompts write it; code without its fence', () => {
  expect(informationOf([{ title: 'Tower', text: 'It is high.' }, { title: '', text: 'Bare.' }, { title: 'Oak', text: 'Oak is a tree.' }])).toBe('1. Content: Tower: It is high. 2. Content: Bare. 3. Content: Oak is a tree.');
  expect(informationOf([])).toBe('');
  expect(unfenced('\n```python\na = 1\nb = 2\n```\n')).toBe('a = 1\nb = 2');
  expect(unfenced('a = 1')).toBe('a = 1');
});

test('issues: one takes the place of what it excludes', () => {
  expect(withIssue(['dark'], 'blur')).toEqual(['dark', 'blur']);
  expect(withIssue(['dark', 'blur'], 'overexposure')).toEqual(['blur', 'overexposure']);
  expect(withIssue(['rotation90', 'crop'], 'rotation180')).toEqual(['crop', 'rotation180']);
  expect(withIssue(['dark', 'crop'], 'none')).toEqual(['none']);
  expect(withIssue(['none'], 'noise')).toEqual(['noise']);
  expect(withIssue(['noise'], 'noise')).toEqual([]);
});

test('boxes: whichever corner is first, within the image, never without area', () => {
  expect(boxBetween([700.4, 900], [100, -20])).toEqual([100, 0, 700, 900]);
  expect(boxBetween([5, 5], [6, 500])).toBe(undefined);
  expect(moved([900, 0, 990, 50], 500, -500)).toEqual([910, 0, 1000, 50]);
  expect(resized([0, 0, 500, 500], 600, -600)).toEqual([0, 0, 1000, 4]);
});

test('a pointer takes hold of the nearest corner, the inside, or nothing', () => {
  const box = [100, 100, 300, 200] as const;
  expect(gripOf(box, [305, 195], [10, 10])).toEqual({ kind: 'corner', fixed: [100, 100] });
  expect(gripOf(box, [98, 203], [10, 10])).toEqual({ kind: 'corner', fixed: [300, 100] });
  expect(gripOf(box, [200, 150], [10, 10])).toEqual({ kind: 'inside' });
  expect(gripOf(box, [500, 150], [10, 10])).toEqual({ kind: 'outside' });
  expect(gripOf(null, [200, 150], [10, 10])).toEqual({ kind: 'outside' });
});

test('a box is read from what somebody typed, and written into the question', () => {
  expect(boxIn('[366, 723, 506, 851]')).toEqual([366, 723, 506, 851]);
  expect(boxIn('366 723 506')).toBe(null);
  expect(boxText(boxIn('1,2,30,40'))).toBe('1, 2, 30, 40');
  expect(questionWithBox('What is in [1, 2, 3, 4] of it?', [366, 723, 506, 851])).toBe('What is in [366, 723, 506, 851] of it?');
  expect(questionWithBox('What is in', [366, 723, 506, 851])).toBe('What is in [366, 723, 506, 851]');
  expect(namesBox('in [366, 723, 506, 851]', [366, 723, 506, 851])).toBe(true);
  expect(namesBox('in it', null)).toBe(false);
});
