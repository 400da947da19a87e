import type { SchemaElement, SchemaTree } from 'hyparquet';
import { InputError } from '../../records/input-error.ts';

// Parquet has values that JSON has not. In records they stand as { "$int": "…" } (beyond 2^53), { "$bytes": base64 },
// { "$float": "NaN" }; an image, { bytes, path } with bytes, has the reference of its bytes there instead.

/** Keeps the bytes of an image; returns their reference. */
export type KeepBytes = (bytes: Uint8Array, name: string) => string;

const isStruct = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** A value as hyparquet reads it, as JSON can hold it. Its images go to `keep`. */
export function toJson(value: unknown, keep: KeepBytes, name: string): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : { $int: value.toString() };
  if (typeof value === 'number' && !Number.isFinite(value)) return { $float: String(value) };
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') };
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (each) => toJson(each, keep, name));
  if (Array.isArray(value)) return value.map((each, i) => toJson(each, keep, `${name}[${i}]`));
  if (!isStruct(value)) return value ?? null;
  const image = isImage(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, image && key === 'bytes' ? keep(each as Uint8Array, typeof value['path'] === 'string' ? value['path'] : name) : toJson(each, keep, `${name}.${key}`)]),
  );
}

const isImage = (value: Record<string, unknown>): boolean => value['bytes'] instanceof Uint8Array && Object.hasOwn(value, 'path');

/** The references of the images within a value. */
export function referencesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isStruct(value)) return [];
  const { bytes } = value;
  return typeof bytes === 'string' && bytes.startsWith('sha256:') ? [bytes] : Object.values(value).flatMap(referencesIn);
}

/** A value of JSON as the column's type wants it; the other way round. */
export function fromJson(value: unknown, tree: SchemaTree, bytesOf: (reference: string) => Uint8Array): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) {
    const element = elementOf(tree);
    return value.map((each) => fromJson(each, element, bytesOf));
  }
  if (isStruct(value)) {
    if (typeof value['$int'] === 'string') return BigInt(value['$int']);
    if (typeof value['$bytes'] === 'string') return new Uint8Array(Buffer.from(value['$bytes'], 'base64'));
    if (typeof value['$float'] === 'string') return Number(value['$float']);
    if (tree.children.length === 0) return value; // a JSON column
    return Object.fromEntries(tree.children.map((child) => [child.element.name, fromJson(value[child.element.name], child, bytesOf)]));
  }
  if (typeof value === 'string' && tree.element.name === 'bytes' && value.startsWith('sha256:')) return bytesOf(value);
  return ofType(value, tree.element);
}

/** Ids and answers of samples are texts, whatever their column holds. */
function ofType(value: unknown, { name, type, converted_type: converted = 'UTF8' }: SchemaElement): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  // Dates, decimal numbers and JSON are the writer's to convert.
  if (!/^(UTF8|U?INT_\d+)$/.test(converted)) return type === 'INT64' && typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (type === 'BYTE_ARRAY') return String(value);
  const whole = type === 'INT64' || type === 'INT32';
  if (!whole && type !== 'FLOAT' && type !== 'DOUBLE') return value;
  const number = typeof value === 'number' ? value : value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isNaN(number) || (whole && !Number.isInteger(number))) throw new InputError({ thing: `column ${name}`, expected: whole ? 'whole numbers, as the imported file has there' : 'numbers, as the imported file has there', found: JSON.stringify(value).slice(0, 80), remedy: 'Correct the sample, or export in another format.' });
  return type === 'INT64' ? BigInt(value) : number;
}

/** The tree of a list's elements: a list is a group of one repeated group of one element, or a repeated field alone. */
function elementOf(tree: SchemaTree): SchemaTree {
  const [repeated] = tree.children;
  if (tree.element.repetition_type === 'REPEATED' || !repeated) return tree;
  const [element] = repeated.children;
  return repeated.children.length === 1 && element ? element : repeated;
}
