import { beforeAll, expect, test, vi } from 'vitest';
import { droppedOf, mostFiles } from '../../../renderer/pages/datasets/import/dropped.ts';

beforeAll(() => void vi.stubGlobal('window', {}));

/** A folder as a browser tells of it: a hundred entries at a time. */
function folder(files: number): DataTransfer {
  const entries = Array.from({ length: files }, (_, i) => ({ name: `${i}.png`, isFile: true, file: (take: (file: File) => void) => take(new File([], `${i}.png`)) }));
  let read = 0;
  const reader = { readEntries: (take: (batch: unknown[]) => void) => take(entries.slice(read, (read += 100))) };
  return { files: [], items: [{ webkitGetAsEntry: () => ({ name: 'images', isFile: false, createReader: () => reader }) }] } as unknown as DataTransfer;
}

test('a folder that is dropped is all of its files, or too many', async () => {
  expect(await droppedOf(folder(250), 'too many')).toHaveLength(250);
  await expect(droppedOf(folder(mostFiles + 1), 'too many')).rejects.toThrow('too many');
});
