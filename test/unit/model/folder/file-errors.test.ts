import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomic } from '../../../../main/model/folder/atomic-file.ts';
import { readJsonFile, withFile } from '../../../../main/model/folder/file-errors.ts';
import { expectInputError, temporaryFolder } from './make-folder.ts';

const failWith = (code: string) => (): never => {
  throw Object.assign(new Error('the system says no'), { code });
};

test.each([['ENOSPC', 'no space left on the disk (ENOSPC)'], ['EACCES', 'no permission (EACCES)'], ['ELOOP', 'a link that leads back to itself (ELOOP)'], ['EIO', 'the error EIO (EIO)']])('%s is told in words', (code, found) => {
  expectInputError(() => withFile('/models/a', 'a file that can be written', failWith(code)), { thing: ['/models/a'], expected: 'can be written', found });
});

test('faults of this program stay what they are', () => {
  expect(() => withFile('a', 'b', failWith('ERR_INVALID_ARG_TYPE'))).toThrow('the system says no');
  expect(() => withFile('a', 'b', () => { throw new TypeError('plain'); })).toThrow(TypeError);
});

test('a disk that becomes full leaves the old file and no temporary one', () => {
  const folder = temporaryFolder();
  const file = path.join(folder, 'cache.bin');
  writeFileSync(file, 'old');
  const fill = (append: (bytes: Uint8Array) => void): void => {
    append(new Uint8Array(10));
    failWith('ENOSPC')();
  };
  expectInputError(() => writeFileAtomic(file, fill), { thing: [file], expected: 'can be written', found: 'no space left' });
  expect(readFileSync(file, 'utf8')).toBe('old');
  expect(readdirSync(folder)).toEqual(['cache.bin']);
});

test('JSON that is none is named', () => {
  const file = path.join(temporaryFolder(), 'a.json');
  writeFileSync(file, '[1, 2');
  expectInputError(() => readJsonFile(file), { thing: [file], expected: 'JSON', found: 'Expected' });
});
