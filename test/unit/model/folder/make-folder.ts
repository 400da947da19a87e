import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { InputError } from '../../../../main/records/input-error.ts';
import { writeRandomModel } from '../../../../main/model/folder/random-model.ts';
import type { RandomModelForm, RandomModelSizes } from '../../../../main/model/folder/random-model.ts';

/** Small, with sizes that all differ, so that no two can be taken for each other. */
export const SIZES: RandomModelSizes = {
  hiddenSize: 48, layers: 2, heads: 6, kvHeads: 2, intermediateSize: 80, mropeSection: [2, 1, 1], tiedHead: false,
  vision: { depth: 3, hiddenSize: 32, heads: 4, intermediateSize: 40, windowSize: 56, fullAttentionBlocks: [1] },
};

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'arft-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A random model folder that goes away with the test. */
export function makeFolder(sizes: Partial<RandomModelSizes> = {}, form: RandomModelForm = { layout: 'flat', shards: 2 }): string {
  const folder = temporaryFolder();
  writeRandomModel(folder, { ...SIZES, ...sizes }, 1, form);
  return folder;
}

// A test edits any field of a config to see it refused.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = Record<string, any>;

export function editJson(folder: string, name: string, edit: (content: Json) => void): void {
  const file = path.join(folder, name);
  const content = JSON.parse(readFileSync(file, 'utf8')) as Json;
  edit(content);
  writeFileSync(file, JSON.stringify(content));
}

/** Changes the header of a safetensors file; the data stay as they are. */
export function editHeader(file: string, edit: (header: Json) => void): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Json;
  edit(header);
  writeFileSync(file, safetensorsBytes(header, bytes.subarray(8 + length)));
}

/** A safetensors file put together by hand: whatever the header says. */
export function safetensorsBytes(header: unknown, data: Uint8Array, length?: bigint): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const first8 = Buffer.alloc(8);
  first8.writeBigUInt64LE(length ?? BigInt(json.length));
  return Buffer.concat([first8, json, data]);
}

/** Runs something that must fail with an InputError whose parts contain these texts. */
export function expectInputError(run: () => unknown, parts: { readonly thing: readonly string[]; readonly expected: string; readonly found: string }): void {
  let error: unknown;
  try {
    run();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(InputError);
  const { thing, expected, found, remedy } = (error as InputError).expectation;
  for (const text of parts.thing) expect(thing).toContain(text);
  expect(expected).toContain(parts.expected);
  expect(found).toContain(parts.found);
  expect(remedy).toMatch(/^[A-Z].*\.$/);
}
