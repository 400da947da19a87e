import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parseJson } from '../records/parse-json.ts';

// Files and folders outside the data folder that name pictures of its image store: samples that a command wrote, evaluations
// that were kept elsewhere. Who removes pictures that nothing names has to look there too.

const entry = z.object({ place: z.string() });

const listOf = (home: string): string => path.join(home, 'images', 'named-outside.jsonl');

/** Notes a place that names pictures; nothing for one in the data folder, which is looked at anyhow. */
export async function noteOutside(home: string, place: string): Promise<void> {
  const whole = path.resolve(place);
  if (whole.startsWith(path.resolve(home) + path.sep) || outsidePlaces(home).includes(whole)) return;
  await mkdir(path.dirname(listOf(home)), { recursive: true });
  // One write at the end of the file: other processes may note theirs at the same time.
  await appendFile(listOf(home), `${JSON.stringify({ place: whole })}\n`);
}

export function outsidePlaces(home: string): readonly string[] {
  if (!existsSync(listOf(home))) return [];
  const places = readFileSync(listOf(home), 'utf8').split('\n').flatMap((line) => entry.safeParse(parseJson(line)).data?.place ?? []);
  return [...new Set(places)];
}
