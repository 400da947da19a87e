import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { containerOf } from '../data/files/container.ts';
import { readFileOrPipe } from '../model/folder/file-or-pipe.ts';
import { InputError } from '../records/input-error.ts';
import { parseAsWritten } from '../records/as-written.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import type { Prediction } from './score.ts';

// Files of predictions: a JSON list or JSON lines. The names of fields follow the published files and common others.

const answerFields = ['pred_answer', 'prediction', 'pred', 'predicted_answer'] as const;
const goldFields = ['gt', 'golden_answers', 'answers', 'gold', 'answer', 'solution'] as const;
const questionFields = ['question', 'query'] as const;

const row = z.looseObject({ id: z.union([z.string(), z.number()]).nullish(), split: z.string().nullish() });
const golds = z.union([z.array(z.string()), z.string().transform((text) => [text])]);

type Row = z.infer<typeof row>;

/** Rows of a JSON list or of JSON lines. @throws InputError naming the row. */
async function readRows(file: string, signal: AbortSignal | undefined): Promise<readonly Row[]> {
  const bytes = await readFileOrPipe(file, 'a JSON list or JSON lines', signal);
  const container = containerOf(file, bytes.subarray(0, 4096), 'a JSON list or JSON lines');
  assertUtf8(file, bytes);
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const values = container === 'list' ? (parsed(file, text) as readonly unknown[]) : text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [parsed(`${file}: line ${i + 1}`, line)]));
  if (values.length === 0) throw new InputError({ thing: file, expected: 'a JSON list or JSON lines with one row or more', found: 'none', remedy: 'Check the path.' });
  return values.map((value, i) => {
    const checked = row.safeParse(value);
    if (checked.success) return checked.data;
    throw new InputError({ thing: `${file}: row ${i + 1}`, expected: 'an object with the fields of a prediction', found: schemaFaultText(checked.error, value), remedy: 'Correct the row.' });
  });
}

/** Bytes of another encoding would be read as the same sign on both sides, and so as equal. */
function assertUtf8(file: string, bytes: Buffer): void {
  if (isUtf8(bytes)) return;
  let line = 1;
  for (let start = 0, end = bytes.indexOf(10); end >= 0 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf(10, start)) [start, line] = [end + 1, line + 1];
  throw new InputError({ thing: `${file}: line ${line}`, expected: 'UTF-8 text', found: 'bytes of another encoding', remedy: 'Save the file as UTF-8.' });
}

function parsed(thing: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    // Looking at every number of a row costs many times what reading it does.
    return hasNumbers(value) ? parseAsWritten(text, (key) => key === 'id') : value;
  } catch (error) {
    throw new InputError({ thing, expected: 'JSON', found: (error as Error).message, remedy: 'Correct the file, or make it anew.' }, { cause: error });
  }
}

/** Whether a field that is read as text is a number, which is taken as it is written; ids are compared as numbers. */
function hasNumbers(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return (value as readonly unknown[]).some(hasNumbers);
  return [...answerFields, ...goldFields, ...questionFields, 'split'].some((name) => [(value as Row)[name]].flat().some((each) => typeof each === 'number'));
}

/** Characters. No answer is as long, and to compare texts of 100 million takes minutes. */
const longestAnswer = 1 << 20;

function assertLength(thing: string, text: string): string {
  if (text.length > longestAnswer) throw new InputError({ thing, expected: `an answer of at most ${longestAnswer} characters`, found: `${text.length}`, remedy: 'Leave the answer alone in this field, or the row out.' });
  return text;
}

function field(each: Row, names: readonly string[]): { readonly name: string; readonly value: unknown } | undefined {
  const name = names.find((candidate) => each[candidate] !== undefined);
  return name === undefined ? undefined : { name, value: each[name] };
}

function answerOf(thing: string, each: Row): string | null {
  const found = field(each, answerFields);
  if (!found) throw new InputError({ thing, expected: `one of ${answerFields.join(', ')} (a text, or null where nothing was answered)`, found: `only ${Object.keys(each).join(', ')}`, remedy: 'Rename the field that holds the answer.' });
  if (found.value === null) return null;
  if (typeof found.value === 'string') return assertLength(`${thing}: ${found.name}`, found.value);
  throw new InputError({ thing: `${thing}: ${found.name}`, expected: 'a text or null', found: typeof found.value, remedy: 'Correct the row.' });
}

function goldsOf(thing: string, each: Row): readonly string[] | undefined {
  const found = field(each, goldFields);
  if (!found) return undefined;
  const checked = golds.safeParse(found.value);
  if (!checked.success) throw new InputError({ thing: `${thing}: ${found.name}`, expected: 'a text or a list of texts', found: JSON.stringify(found.value).slice(0, 80), remedy: 'Correct the row.' });
  return checked.data.map((text) => assertLength(`${thing}: ${found.name}`, text));
}

const idOf = (each: Row): string | undefined => (each.id === null || each.id === undefined ? undefined : String(each.id));

/**
 * Predictions with their gold answers, in the order of the gold file where one is given, else of the predictions.
 * With a gold file rows are joined by id where every row of both has one, by position where no row of one of them has;
 * an item without a prediction counts as not answered.
 * @param onNote Told in words when rows are joined by position.
 * @throws InputError for rows without an answer or gold answers, ids that come twice, fit nothing or are on some rows alone,
 * files of unequal length, and rows that say of themselves that they are of another item.
 */
export async function readPredictions(file: string, goldFile?: string, onNote?: (note: string) => void, signal?: AbortSignal): Promise<readonly Prediction[]> {
  const rows = await readRows(file, signal);
  if (goldFile === undefined) {
    return rows.map((each, i) => {
      const thing = `${file}: row ${i + 1}`;
      const gold = goldsOf(thing, each);
      if (!gold) throw new InputError({ thing, expected: `gold answers in one of ${goldFields.join(', ')}`, found: 'none', remedy: 'Give the benchmark’s own file with --gold.' });
      return prediction(i, each, answerOf(thing, each), gold);
    });
  }
  const goldRows = await readRows(goldFile, signal);
  const named = isNamed(file, rows) && isNamed(goldFile, goldRows);
  if (!named) onNote?.(`${goldFile} and ${file} are joined by position, since not every row has an id`);
  const answers = named ? byId(file, rows, goldFile, goldRows) : byPosition(file, rows, goldFile, goldRows);
  return goldRows.map((each, i) => {
    const thing = `${goldFile}: row ${i + 1}`;
    const gold = goldsOf(thing, each);
    if (!gold) throw new InputError({ thing, expected: `gold answers in one of ${goldFields.join(', ')}`, found: `only ${Object.keys(each).join(', ')}`, remedy: 'Give the file of the benchmark.' });
    return prediction(i, each, answers(i, each), gold);
  });
}

const prediction = (i: number, each: Row, answer: string | null, gold: readonly string[]): Prediction => ({ id: idOf(each) ?? String(i + 1), answer, golds: gold, ...(each.split && { split: each.split }) });

/** Whether every row has an id. @throws InputError where only some have one: by position they would fit nothing. */
function isNamed(file: string, rows: readonly Row[]): boolean {
  const without = rows.flatMap((each, i) => (idOf(each) === undefined ? [i + 1] : []));
  if (without.length === 0 || without.length === rows.length) return without.length === 0;
  const first = [...without.slice(0, 10), ...(without.length > 10 ? ['…'] : [])].join(', ');
  throw new InputError({ thing: file, expected: 'an id on every row, or on none', found: `${without.length} without: row ${first}`, remedy: 'Give every row the id of its item.' });
}

type Join = (i: number, gold: Row) => string | null;

function byPosition(file: string, rows: readonly Row[], goldFile: string, goldRows: readonly Row[]): Join {
  if (rows.length !== goldRows.length) throw new InputError({ thing: file, expected: `${goldRows.length} rows, as ${goldFile} has, since not every row has an id`, found: `${rows.length}`, remedy: 'Give every row the id of its item.' });
  return (i, gold) => {
    const [thing, each] = [`${file}: row ${i + 1}`, rows[i] as Row];
    assertSameItem(thing, each, `${goldFile}: row ${i + 1}`, gold);
    return answerOf(thing, each);
  };
}

/** A row may say itself which item it is of, by its question and its gold answers; spelling and frames around a question aside. */
function assertSameItem(thing: string, each: Row, goldThing: string, gold: Row): void {
  const other = (field: string, expected: string, found: string): InputError => new InputError({ thing: `${thing}: ${field}`, expected: `that of ${goldThing}, ${shown(expected)}`, found: shown(found), remedy: 'Put the rows in the same order, or give every row of both files its id.' });
  const [asked, question] = [field(each, questionFields), field(gold, questionFields)];
  if (typeof asked?.value === 'string' && typeof question?.value === 'string') {
    const [a, b] = [plain(asked.value), plain(question.value)];
    if (!a.includes(b) && !b.includes(a)) throw other(asked.name, question.value, asked.value);
  }
  const [own, wanted] = [each['gt'] === undefined ? [] : (goldsOf(thing, { gt: each['gt'] }) ?? []), goldsOf(goldThing, gold) ?? []];
  if (own.length > 0 && wanted.length > 0 && !own.some((one) => wanted.some((two) => plain(one) === plain(two)))) throw other('gt', wanted.join(' | '), own.join(' | '));
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim();

const shown = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

function byId(file: string, rows: readonly Row[], goldFile: string, goldRows: readonly Row[]): Join {
  const known = new Set<string>();
  for (const [i, each] of goldRows.entries()) addOnce(known, idOf(each) as string, `${goldFile}: row ${i + 1}`);
  const answered = new Set<string>();
  const answers = new Map<string, string | null>();
  for (const [i, each] of rows.entries()) {
    const id = idOf(each) as string;
    const thing = `${file}: row ${i + 1}`;
    if (!known.has(id)) throw new InputError({ thing, expected: `an id of ${goldFile}`, found: id, remedy: 'Check that both files belong to the same benchmark.' });
    addOnce(answered, id, thing);
    answers.set(id, answerOf(thing, each));
  }
  return (_, gold) => answers.get(idOf(gold) as string) ?? null;
}

function addOnce(ids: Set<string>, id: string, thing: string): void {
  if (ids.has(id)) throw new InputError({ thing, expected: 'each id once', found: `${id} again`, remedy: 'Remove one of the rows.' });
  ids.add(id);
}
