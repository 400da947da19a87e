import path from 'node:path';
import type { Expectation } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import type { ExportForm } from '../train/export.ts';
import { startCommand } from './commands.ts';

/** What `arft export --json` says last. */
type Said = { readonly step?: number; readonly error?: { readonly message: string } & Partial<Expectation> };

export type ExportEnd = { readonly fault: null; /** Of the checkpoint; undefined for an adapter that is from no run. */ readonly step: number | undefined } | { readonly fault: Expectation };

export type ExportOrder = {
  /** What is exported: words of the command up to its options. */
  readonly source: readonly string[];
  readonly form: ExportForm;
  /** The folder that it is written into. */
  readonly out: string;
  /** Name of its log in the data folder. */
  readonly log: string;
};

export type StartedExport = { readonly pid: number; readonly ended: Promise<ExportEnd> };

/** Starts `arft export` apart from the engine. */
export function startExport(home: string, { source, form, out, log }: ExportOrder): StartedExport {
  const { pid, ended } = startCommand(home, ['export', ...source, '--out', out, '--form', form, '--json'], path.join(home, 'logs', `${log}.log`));
  return { pid, ended: ended.then(({ status, words }) => endOf(status, words, out)) };
}

function endOf(status: number | null, words: string, out: string): ExportEnd {
  const { step, error } = (parseJson(words.split('\n').at(-1) ?? '') as Said | undefined) ?? {};
  if (status === 0) return { fault: null, step };
  return { fault: { thing: error?.thing ?? out, expected: error?.expected ?? 'the files of an export', found: error?.found ?? error?.message ?? words, remedy: error?.remedy ?? 'Check the folder and the free space.' } };
}
