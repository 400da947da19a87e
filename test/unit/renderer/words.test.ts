import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { en } from '../../../renderer/i18n/en/en.ts';
import { zh } from '../../../renderer/i18n/zh/zh.ts';

// Types see to it that both languages have the same keys; here is what types do not see.

const words = (tree: object, path = ''): readonly (readonly [string, string])[] =>
  Object.entries(tree).flatMap(([key, value]: [string, unknown]) => (typeof value === 'string' ? [[`${path}${key}`, value] as const] : words(value as object, `${path}${key}.`)));

const [english, chinese] = [new Map(words(en)), new Map(words(zh))];
const places = (text: string): readonly string[] => [...new Set(text.match(/\{\{\s*\w+\s*\}\}/g) ?? [])].sort();

test('both languages fill in the same values', () => {
  const different = [...english].filter(([key, text]) => {
    const other = chinese.get(key) ?? '';
    // A plural form may say its number in words.
    const optional = /_(one|other)$/.test(key) ? ['{{count}}'] : [];
    const [own, theirs] = [places(text), places(other)].map((list) => list.filter((place) => !optional.includes(place)));
    return JSON.stringify(own) !== JSON.stringify(theirs);
  });
  expect(different.map(([key]) => key)).toEqual([]);
});

test('nothing is empty, and hardly anything is the same in both', () => {
  expect([...english, ...chinese].filter(([, text]) => text.trim() === '').map(([key]) => key)).toEqual([]);
  const same = [...english].filter(([key, text]) => chinese.get(key) === text && /[a-z]{4,} [a-z]{3,}/i.test(text.replaceAll('ARFT Studio', ''))).map(([key]) => key);
  expect(same).toEqual([]);
});

test('Chinese is written with Chinese marks', () => {
  expect([...chinese].filter(([, text]) => /\p{Script=Han}[,;!?]\s*\p{Script=Han}/u.test(text)).map(([key]) => key)).toEqual([]);
});

test('pages put words together with the marks of their language', () => {
  const renderer = path.join(import.meta.dirname, '../../../renderer');
  const pages = readdirSync(renderer, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.tsx'));
  // A translated word and a colon, comma or bracket that is not one of frame.marks, or a list of such words with commas.
  const joined = /\bt\((?:[^()]|\([^()]*\))*\)(?:\}(?:[:,] | \()[`${<]|\)\.join\('[,;] '\))/;
  expect(pages.filter((file) => readFileSync(path.join(renderer, file), 'utf8').split('\n').some((line) => joined.test(line)))).toEqual([]);
});

test('every part of a memory plan has its words', () => {
  const main = path.join(import.meta.dirname, '../../../main');
  const written = ['generation/plan.ts', 'train/plan-training.ts'].map((file) => readFileSync(path.join(main, file), 'utf8')).join('\n');
  const named = written.split('\n').flatMap((line) => (/\{ name: /.test(line) ? [...line.matchAll(/'([a-zA-Z][^']* [^']*|adapter|gradients)'/g)].map(([, name]) => name as string) : [])).filter((name) => name !== 'memory');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !Object.hasOwn(en.models.plan.parts, name))).toEqual([]);
});
