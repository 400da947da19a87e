import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { glob } from 'node:fs/promises';

const renderer = path.join(import.meta.dirname, '../../../renderer');

/** From so many declarations on a rule is a look of its own, and stands once: in lists.css or panels.css. */
const most = 4;

test('no look stands in the style sheets of two pages', async () => {
  const places = new Map<string, string[]>();
  for await (const file of glob('**/*.css', { cwd: renderer })) {
    const text = readFileSync(path.join(renderer, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
    for (const [, selector = '', body = ''] of text.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      const declarations = body.split(';').map((each) => each.trim()).filter((each) => each !== '').toSorted();
      if (declarations.length <= most) continue;
      const key = declarations.join('; ');
      places.set(key, [...(places.get(key) ?? []), `${file} ${selector.trim()}`]);
    }
  }
  expect(places.size).toBeGreaterThan(100);
  expect([...places.values()].filter((each) => new Set(each.map((place) => place.split(' ')[0])).size > 1)).toEqual([]);
});
