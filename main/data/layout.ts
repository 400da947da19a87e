import { z } from 'zod';
import { jsonStyle } from './files/json-style.ts';

export const formatNames = ['mat-coding', 'mat-search', 'mat-coding-training', 'mat-search-training', 'flashrag', 'samples', 'chat'] as const;

export type FormatName = (typeof formatNames)[number];

const shared = { version: z.literal(1), format: z.enum(formatNames), /** Field names of a row, in their order. */ keys: z.array(z.string()).readonly(), /** Whether ids are numbers. */ numericIds: z.boolean() };

/** How the file of a data set was written, beyond its records: with it an export gives the same bytes. */
export const layout = z.discriminatedUnion('container', [
  z.strictObject({
    ...shared,
    container: z.enum(['list', 'lines']),
    style: jsonStyle,
    /** Before the first row, between two rows, after the last. */
    head: z.string(),
    between: z.string(),
    tail: z.string(),
  }),
  z.strictObject({
    ...shared,
    container: z.literal('parquet'),
    /** Parquet's own schema elements, in their order; empty for a file made anew. */
    schema: z.array(z.record(z.string(), z.unknown())).readonly(),
    metadata: z.array(z.strictObject({ key: z.string(), value: z.string().exactOptional() })).readonly(),
  }),
]);

export type Layout = Readonly<z.infer<typeof layout>>;
export type TextLayout = Extract<Layout, { container: 'list' | 'lines' }>;
export type ParquetLayout = Extract<Layout, { container: 'parquet' }>;
