import type { JsonObject } from '../files/json-rows.ts';
import type { FormatName, Layout } from '../layout.ts';
import type { Sample } from '../../records/sample.ts';

/** A row cannot be a sample: why. */
export class RowFault extends Error {}

export type ReadContext = {
  /** For rows without an id of their own. */
  readonly defaultId: string;
  /** The row with its numbers as they are written, where it stands in a text. */
  readonly asWritten?: () => JsonObject;
};

export type WriteContext = {
  readonly numericIds: boolean;
  /** How the file calls an image whose name there is not kept. */
  readonly nameOf: (reference: string) => string;
};

/** What a data set's rows look like, and how they become samples and back. The container (list, lines, Parquet) is another matter. */
export type Format = {
  readonly name: FormatName;
  readonly title: string;
  /** Why a row is not of this format; nothing where it is. */
  readonly misfit: (row: JsonObject) => string | undefined;
  /** A row as a sample, its images by their names in the file. Throws RowFault. */
  readonly read: (row: JsonObject, context: ReadContext) => Sample;
  /** A sample as rows, one for each of its source rows. Throws RowFault where the format cannot hold it. */
  readonly write: (sample: Sample, context: WriteContext) => readonly JsonObject[];
  /** The image files that a written row names: name and reference. For formats whose images are files beside. */
  readonly imageNames?: (sample: Sample, row: JsonObject, index: number) => readonly (readonly [name: string, reference: string])[];
  /** Puts chains together from samples of one step each; for formats whose rows are steps. */
  readonly join?: (steps: readonly Sample[]) => readonly Sample[];
  /** How a new file of this format is written. */
  readonly fresh: Layout;
};

/** "no field x" for the first of the fields that a row lacks. */
export const lacks = (row: JsonObject, fields: readonly string[]): string | undefined => {
  const missing = fields.find((field) => !Object.hasOwn(row, field));
  return missing === undefined ? undefined : `no field "${missing}"`;
};

export function textOf(row: JsonObject, field: string): string {
  const value = row[field];
  if (typeof value !== 'string') throw new RowFault(`field "${field}": expected text, found ${kindOf(value)}`);
  return value;
}

/** An id as text; numbers are accepted. */
function idOf(row: JsonObject): string {
  const value = row['id'];
  if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return String(value);
  throw new RowFault(`field "id": expected a number or text, found ${value === '' ? 'empty text' : kindOf(value)}`);
}

/** Whether a value, or one of a list, is a number. */
export const hasNumber = (value: unknown): boolean => [value].flat().some((each) => typeof each === 'number');

/** Gold answers: one, or a list. Numbers become the text that is written. */
export function answersOf(row: JsonObject, field: string, { asWritten }: ReadContext): readonly string[] {
  const value = hasNumber(row[field]) && asWritten ? asWritten()[field] : row[field];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const answers = list.flatMap((each) => (typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean' ? [String(each)] : []));
  if (answers.length !== list.length || answers.length === 0) throw new RowFault(`field "${field}": expected an answer or a list of answers, found ${Array.isArray(value) && value.length === 0 ? 'an empty list' : kindOf(value)}`);
  return answers;
}

/** A row's own id, or the one that stands for it where the row has none. */
export const idOr = (row: JsonObject, defaultId: string): string => (row['id'] === undefined || row['id'] === null ? defaultId : idOf(row));

export const writtenId = ({ id }: Sample, numeric: boolean): string | number => (numeric && /^(0|[1-9]\d{0,14})$/.test(id) ? Number(id) : id);

/** A row's fields but for these, as a sample's `extra`. */
export function extraOf(row: JsonObject, known: readonly string[]): { readonly extra?: JsonObject } {
  const rest = Object.entries(row).filter(([key]) => !known.includes(key));
  return rest.length === 0 ? {} : { extra: Object.fromEntries(rest) };
}

const kindOf = (value: unknown): string => (value === undefined ? 'nothing' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`);
