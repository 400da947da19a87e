import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { textRows } from '../data/files/text-rows.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import type { CodeResult } from '../records/tools.ts';
import type { SandboxPool } from '../sandbox/pool.ts';
import { freeName, readInput, writeOutputs } from './sandbox-files.ts';
import { exit } from './terminal.ts';

// The answer to a rounded number would name another job.
const jobId = z.union([z.string(), z.number().refine((value) => !Number.isInteger(value) || Number.isSafeInteger(value), 'a number that stays as it is: write it as a text')]);
const jobLine = z.looseObject({ id: jobId, code: z.string(), image: z.string().min(1, 'the path of an image').nullish() });
const known = new Set(['id', 'code', 'image']);

// Jobs read ahead: enough to keep every process busy, few enough that a long file is never in memory.
const aheadOfEach = 4;

export type LineOptions = { readonly log: (text: string) => void; readonly signal: AbortSignal; readonly out?: string };

/** A result as the command prints it; sha256 is of the raw RGB bytes, in hex. */
export const describeResult = ({ status, stdout, stderr, outputs, ms }: CodeResult): object => ({
  status, stdout, stderr,
  outputs: outputs.map(({ name, image: { width, height, data } }) => ({ name, width, height, sha256: createHash('sha256').update(data).digest('hex') })),
  ms,
});

/**
 * Runs a job for each line of `source` and writes a line for each, in order, as soon as all before it are done. A line
 * that is no job gets an answer that says so, and the others still run. Returns the exit status.
 */
export async function runJobLines(pool: SandboxPool, source: Readable, write: (line: string) => void, { log, signal, out }: LineOptions): Promise<number> {
  let faults = 0;
  let open = 0;
  let wake = (): void => undefined;
  let written: Promise<void> = Promise.resolve();
  const folders = new Set<string>();
  const unknown = new Set<string>();
  const stop = (): void => void source.destroy();
  signal.addEventListener('abort', stop, { once: true });

  const answer = async (line: string, at: number, broken: string | undefined): Promise<object> => {
    let id: string | number | null = null;
    try {
      if (broken !== undefined) throw new Error(broken);
      const job = parse(line, (found) => (id = found));
      for (const field of Object.keys(job)) {
        if (!known.has(field) && !unknown.has(field)) log(`line ${at}: the field ${JSON.stringify(field)} means nothing here`);
        if (!known.has(field)) unknown.add(field);
      }
      // Chosen before the job runs: the order in which jobs end decides nothing.
      const folder = out === undefined ? undefined : path.join(out, freeName(String(id), folders));
      const result = await pool.run({ code: job.code, ...(job.image != null && { image: await readInput(job.image, signal) }) }, signal);
      if (folder !== undefined) await writeOutputs(folder, result);
      return { id: job.id, ...describeResult(result) };
    } catch (error) {
      faults += 1;
      return { id, line: at, error: `line ${at}: ${(error as Error).message}` };
    }
  };

  try {
    for await (const { line, text, broken } of textRows(source, 'lines')) {
      const answered = answer(text, line, broken);
      open += 1;
      written = written.then(async () => {
        const described = await answered;
        if (!signal.aborted) write(JSON.stringify(described));
        open -= 1;
        wake();
      });
      while (open >= aheadOfEach * pool.processes) await new Promise<void>((resolve) => (wake = resolve));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  await written;
  return faults > 0 ? exit.failed : exit.done;
}

function parse(line: string, onId: (id: string | number) => void): z.infer<typeof jobLine> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new Error(`not JSON (${(error as Error).message})`, { cause: error });
  }
  // The answer to a line that is no job names its id where it has one.
  const named = jobLine.pick({ id: true }).safeParse(value);
  if (named.success) onId(named.data.id);
  const parsed = jobLine.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`no job: ${schemaFaultText(parsed.error, value)}; expected {id, code, image?}`);
}
