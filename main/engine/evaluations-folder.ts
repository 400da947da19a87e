import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import { evaluationsFolder } from '../store/evaluations/evaluation-scan.ts';

// What the app keeps in an evaluation's folder beside what the command keeps there: the command that began it
// (command.json), what that said (output.log), and for predictions where they came from (imported.json).

const commandFacts = z.object({
  version: z.literal(1),
  /** After `arft`, without where it is kept. */
  words: z.array(z.string()).readonly(),
  /** What a row shows before the process has begun. */
  benchmark: z.string(),
  data: z.string(),
  policy: z.string(),
  mode: z.enum(['agent', 'direct']),
  scorer: z.enum(['standard', 'paper']),
  prompts: z.string(),
  at: z.string(),
});

export type Command = z.infer<typeof commandFacts>;

export const folderOf = (home: string, name: string): string => path.join(evaluationsFolder(home), path.basename(name));

export const logOf = (home: string, name: string): string => path.join(folderOf(home, name), 'output.log');

export const isImported = (home: string, name: string): boolean => existsSync(path.join(folderOf(home, name), 'imported.json'));

/** The command that began an evaluation; nothing where the app did not begin it. */
export function readCommand(home: string, name: string): Command | undefined {
  const file = path.join(folderOf(home, name), 'command.json');
  return existsSync(file) ? commandFacts.safeParse(parseJson(readFileSync(file, 'utf8'))).data : undefined;
}

export const writeCommand = (home: string, name: string, command: Command): void => writeTextAtomic(path.join(folderOf(home, name), 'command.json'), `${JSON.stringify(command, null, 2)}\n`);

/** Evaluations that were begun and that the index does not know yet: their process has written nothing so far, or never did. */
export function notBegun(home: string, isKnown: (name: string) => boolean): readonly { readonly name: string; readonly command: Command }[] {
  const folder = evaluationsFolder(home);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const command = isKnown(name) ? undefined : readCommand(home, name);
    return command ? [{ name, command }] : [];
  });
}

/** Makes an empty folder under a name that is free. @returns its name. @throws InputError where it cannot be made. */
export function makeFolder(home: string, wanted: string): string {
  const base = wanted.replaceAll(/[^\p{L}\p{N}.]+/gu, '-').replaceAll(/^[-.]+|-+$/g, '').slice(0, 90) || 'evaluation';
  mkdirSync(evaluationsFolder(home), { recursive: true });
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`;
    try {
      mkdirSync(folderOf(home, name));
      return name;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new InputError({ thing: folderOf(home, name), expected: 'a folder that can be made', found: (error as Error).message, remedy: 'Check the permissions of the data folder and the free space.' }, { cause: error });
    }
  }
}

const failure = z.object({ error: z.object({ message: z.string(), thing: z.string().optional(), expected: z.string().optional(), found: z.string().optional(), remedy: z.string().optional() }) });

/** What a command said when it failed; nothing where it did not. */
export function failureIn(home: string, name: string): string | undefined {
  const file = logOf(home, name);
  if (!existsSync(file)) return undefined;
  const last = readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
  const said = failure.safeParse(parseJson(last)).data?.error;
  // What was asked to stop has not failed.
  if (!said || said.message === 'interrupted') return undefined;
  const { thing, expected, found, remedy, message } = said;
  return thing === undefined ? message : `${thing}: expected ${expected ?? ''}, found ${found ?? ''}. ${remedy ?? ''}`;
}
