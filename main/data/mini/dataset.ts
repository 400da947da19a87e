import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../../home.ts';
import { encodePng } from '../../model/image/encode.ts';
import type { Sample } from '../../records/sample.ts';
import { exportFile } from '../export.ts';
import { formats } from '../formats/table.ts';
import { ImageStore } from '../image-store.ts';
import type { FormatName } from '../layout.ts';
import { chainOf } from './chain.ts';
import { type MiniItem, miniItems } from './items.ts';
import { type MiniSplit, miniSplits, passagesOf, worldOfSplit } from './world.ts';

export type MiniCounts = Readonly<Record<MiniSplit, number>>;

export type MiniWritten = { readonly split: MiniSplit; readonly items: number; readonly files: readonly string[] };

/**
 * Writes MAT-mini into a folder: for each split `<split>.jsonl` (samples), `corpus-<split>.jsonl` ({ id, title, text }),
 * MAT's own `MAT-Coding-<split>.json` and `MAT-Search-<split>.json`, and the pictures under `images/`; for the training
 * split also `MAT-Coding-training.json` and `MAT-Search-training.json`, annotated chains step by step. The same seed gives
 * the same bytes.
 */
export async function writeMini(folder: string, seed: number, counts: MiniCounts, onItem: (done: number) => void, signal?: AbortSignal): Promise<readonly MiniWritten[]> {
  const written: MiniWritten[] = [];
  const images = path.join(folder, 'images');
  makeFolders(images);
  let done = 0;
  for (const split of miniSplits) {
    if (counts[split] === 0) continue;
    const samples: Sample[] = [];
    const chains: Sample[] = [];
    for (let i = 0; i < counts[split]; i++) {
      signal?.throwIfAborted();
      const [item] = miniItems(seed, split, 1, i) as [MiniItem];
      const sample = await writePictures(images, item);
      samples.push(sample);
      if (split === 'train') chains.push({ ...sample, chain: chainOf(item, await writeRepaired(images, item)) });
      onItem(++done);
    }
    const files = [`${split}.jsonl`, `corpus-${split}.jsonl`];
    await writeFile(path.join(folder, files[0] as string), lines(samples));
    await writeFile(path.join(folder, files[1] as string), lines(passagesOf(worldOfSplit(seed, split))));
    for (const [task, format, title] of [['coding', 'mat-coding', 'MAT-Coding'], ['search', 'mat-search', 'MAT-Search']] as const) {
      const write = async (file: string, of: readonly Sample[], layout: FormatName): Promise<void> => {
        await exportFile(path.join(folder, file), of.filter((sample) => sample.task === task), formats[layout].fresh, { store: new ImageStore(images) });
        files.push(file);
      };
      await write(`${title}-${split}.json`, samples, format);
      if (split === 'train') await write(`${title}-training.json`, chains, `${format}-training`);
    }
    written.push({ split, items: samples.length, files });
  }
  return written;
}

const lines = (records: readonly object[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** The item's pictures as PNG files; its sample, naming them as the files beside it do. */
async function writePictures(folder: string, { sample, image, clean }: MiniItem): Promise<Sample> {
  const name = (file: string): string => `${path.basename(folder)}/${file}`;
  await writeFile(path.join(folder, sample.images[0] as string), await encodePng(image));
  if (sample.cleanImage !== undefined) await writeFile(path.join(folder, sample.cleanImage), await encodePng(clean));
  return { ...sample, images: sample.images.map(name), ...(sample.cleanImage !== undefined && { cleanImage: name(sample.cleanImage) }) };
}

/** The picture as the right tool leaves it, under the name by which MAT's chains know their pictures to be one. */
async function writeRepaired(folder: string, item: MiniItem): Promise<string> {
  if (item.kind === 'search' || item.fix === 'direct') return '';
  const name = `${item.sample.id}_ori.png`;
  await writeFile(path.join(folder, name), await encodePng(item.fixed));
  return `${path.basename(folder)}/${name}`;
}
