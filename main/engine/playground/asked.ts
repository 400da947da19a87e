import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { InputError } from '../../records/input-error.ts';
import { parseJson } from '../../records/parse-json.ts';
import { trajectory } from '../../records/trajectory.ts';

// What was asked in the playground, a file each: <home>/playground/<time>-<random>.json; removed ones end in .removed.

export const askedRecord = z.strictObject({ version: z.literal(1), id: z.string(), at: z.iso.datetime(), question: z.string(), images: z.array(z.string()), task: z.enum(['coding', 'search']), trajectory });

export type Asked = z.infer<typeof askedRecord>;

const folderOf = (home: string): string => path.join(home, 'playground');

export async function keepAsked(home: string, asked: Omit<Asked, 'version' | 'id' | 'at'>): Promise<string> {
  const at = new Date().toISOString();
  const id = `${at.replaceAll(/[:.]/g, '-').replaceAll(/[^0-9TZ-]/g, '')}-${(randomBytes(4).readUInt32BE() % 1_000_000).toString().padStart(6, '0')}`;
  const file = path.join(folderOf(home), `${id}.json`);
  await mkdir(folderOf(home), { recursive: true });
  await writeFile(`${file}.part`, JSON.stringify({ version: 1, id, at, ...asked } satisfies Asked));
  await rename(`${file}.part`, file);
  return id;
}

/** @throws InputError where there is none of this id, or its file is damaged. */
export async function readAsked(home: string, id: string): Promise<Asked> {
  const file = path.join(folderOf(home), `${id}.json`);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError({ thing: `question ${id}`, expected: 'a question that was asked here', found: 'none', remedy: 'Choose one of the list.' }, { cause: error });
  }
  const read = askedRecord.safeParse(parseJson(text));
  if (read.success) return read.data;
  throw new InputError({ thing: file, expected: 'a question and what became of it', found: 'a damaged file', remedy: 'Remove it from the list.' });
}

/** The newest first; damaged files are left out. */
export async function listAsked(home: string, limit: number): Promise<readonly Asked[]> {
  if (!existsSync(folderOf(home))) return [];
  const names = (await readdir(folderOf(home))).filter((name) => name.endsWith('.json')).toSorted().toReversed().slice(0, limit);
  const read = await Promise.all(names.map((name) => readAsked(home, name.slice(0, -5)).catch(() => {})));
  return read.filter((asked) => asked !== undefined);
}

/** Takes it out of the list, or puts it back. @throws InputError where there is none. */
export async function setRemoved(home: string, id: string, removed: boolean): Promise<void> {
  const [kept, gone] = [path.join(folderOf(home), `${id}.json`), path.join(folderOf(home), `${id}.json.removed`)];
  try {
    await (removed ? rename(kept, gone) : rename(gone, kept));
  } catch (error) {
    throw new InputError({ thing: `question ${id}`, expected: 'a question that was asked here', found: (error as Error).message, remedy: 'Choose one of the list.' }, { cause: error });
  }
}
