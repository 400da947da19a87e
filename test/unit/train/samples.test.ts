import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../../main/records/sample.ts';
import { runConfig } from '../../../main/records/run-config.ts';
import { SampleOrder, openSamples, overlapNotes } from '../../../main/train/samples.ts';

const sample = (id: string, task: Sample['task']): Sample => ({ version: 1, id, task, question: '', answers: [], images: [] });
const samples = [...Array.from({ length: 12 }, (_, i) => sample(`c${i}`, 'coding')), ...Array.from({ length: 4 }, (_, i) => sample(`s${i}`, 'search'))];
const order = (data: object, seed = 1): SampleOrder => new SampleOrder(samples, runConfig.parse({ seed, data }));
const ids = (of: SampleOrder, steps: number, count: number): readonly string[] => Array.from({ length: steps }, (_, step) => of.batch(step, count).map(({ id }) => id)).flat();

describe('the order of samples', () => {
  it('shows every sample once before any comes again', () => {
    const drawn = ids(order({}), 8, 4);
    expect(new Set(drawn.slice(0, 16)).size).toBe(16);
    expect(new Set(drawn.slice(16, 32)).size).toBe(16);
    expect(drawn.slice(0, 16)).not.toEqual(drawn.slice(16, 32));
  });

  it('is a function of seed and step: a resumed run goes on where it was', () => {
    const [whole, resumed] = [order({}), order({})];
    expect(resumed.batch(5, 3)).toEqual(ids(whole, 6, 3).slice(15).map((id) => samples.find((each) => each.id === id)));
    expect(ids(order({}, 2), 4, 4)).not.toEqual(ids(order({}, 1), 4, 4));
  });

  it('mixes coding and search by their weights', () => {
    const share = (data: object): number => ids(order(data), 100, 8).filter((id) => id.startsWith('s')).length / 800;
    expect(share({})).toBeCloseTo(0.25, 2);
    expect(share({ search: 3 })).toBeCloseTo(0.5, 2);
    expect(share({ search: 0 })).toBe(0);
    expect(share({ coding: 0 })).toBe(1);
  });

  it('needs a weight that counts', () => expect(() => order({ coding: 0, search: 0 })).toThrow(/weight above 0/));
});

it('held-out samples that are trained on as well are told, by what is asked and shown', () => {
  const asked = (id: string, question: string, ...images: readonly string[]): Sample => ({ ...sample(id, 'coding'), question, images });
  const train = [asked('1', 'which digit ?', 'a.png'), asked('2', 'which word ?', 'b.png')];
  expect(overlapNotes(train, [asked('1', 'which digit ?', 'c.png'), asked('2', 'which digit ?', 'b.png')])).toEqual([]);
  expect(overlapNotes(train, [asked('v1', 'which word ?', 'b.png'), asked('v2', 'which word ?', 'c.png')])).toEqual(['1 of 2 held-out samples are trained on as well, the first v1: their score does not tell what the policy makes of others']);
});

describe('samples of files', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'samples-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (name: string, rows: readonly object[]): string => {
    const file = path.join(folder, name);
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return file;
  };
  const opened = (...source: readonly string[]) => openSamples({ source, split: 'train', items: 0, atMost: 10 }, undefined as never);

  it('have each an id of its own, also where one is called as a repeated one would be', async () => {
    const [a, b] = [write('a.jsonl', [sample('x', 'search'), sample('x', 'search'), sample('y', 'search')]), write('b.jsonl', [sample('x', 'search'), sample('x#2', 'search'), sample('y', 'search')])];
    expect((await opened(a, b)).samples.map(({ id }) => id)).toEqual(['x', 'x#2', 'y', 'x#3', 'x#2#2', 'y#2']);
  });

  it('are not there where no row can be used, and why is told', async () => {
    const file = write('c.json', [{ image_path: 'a.png', problem: 'which?', solution: 'soup' }]);
    await expect(opened(file)).rejects.toThrow(/c\.json: expected one sample or more, found none that can be used; line 1: field "solution": expected <search>…<\/search> or <answer>/);
  });
});
