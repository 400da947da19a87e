import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Sample } from '../../../main/records/sample.ts';
import { assertSamePictures, pictureMarks } from '../../../main/train/pictures.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'pictures-'));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => path.join(folder, name);
const sample = { version: 1, id: 'a', task: 'coding', question: '', answers: [], images: [file('small'), `sha256:${'0'.repeat(64)}`, 'data:image/png;base64,AAAA'], cleanImage: file('large'), chain: [{ kind: 'answer', context: '', solution: '', image: file('gone') }] } as unknown as Sample;
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 255);

test('pictures of samples and chains that are files have a mark; a copy has the same one, other bytes another', () => {
  writeFileSync(file('small'), bytes(30_000));
  writeFileSync(file('large'), bytes(5_000_000));
  const began = pictureMarks([sample, sample]);
  expect(Object.keys(began).toSorted()).toEqual([file('gone'), file('large'), file('small')]);
  expect(began[file('gone')]).toBe('');
  utimesSync(file('small'), 1, 1);
  writeFileSync(file('gone'), 'is there now');
  assertSamePictures('r', began, pictureMarks([sample]));

  for (let i = 0; i < 30_000; i += 997) {
    const other = bytes(30_000);
    other[i] = (other[i] as number) ^ 1;
    writeFileSync(file('small'), other);
    expect(() => assertSamePictures('r', began, pictureMarks([sample]))).toThrow(`run r: ${file('small')}: expected the same picture as when the run began, found another`);
  }
  appendFileSync(file('large'), 'x');
  expect(() => assertSamePictures('r', began, pictureMarks([sample]))).toThrow('2 pictures in all');
  rmSync(file('small'));
  expect(() => assertSamePictures('r', began, pictureMarks([sample]))).toThrow('none that can be read');
});
