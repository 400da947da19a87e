import { existsSync } from 'node:fs';
import path from 'node:path';
import { adapterFiles } from '../model/folder/adapter-config.ts';
import { checkAdapter, readAdapter } from '../model/folder/adapter-reader.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import { checkSums } from './checkpoint-sums.ts';
import { hasState, stateOf } from './checkpoints.ts';
import { assertEmpty, fillFolder } from './export-folder.ts';
import { modelFingerprint } from './fingerprint.ts';
import { type ExportHooks, type ExportPrecision, copyFile, writeMerged } from './merged-model.ts';
import type { RunFolder } from './run-folder.ts';

export type ExportForm = 'adapter' | 'merged';

/**
 * Writes a checkpoint's adapter in PEFT's layout, or the whole model with what was trained in it, in shards.
 * @returns the step it is from.
 * @param options.base Where the model is now that the run was trained on; where the run has it by default.
 * @throws InputError when there is no such checkpoint, the folder is taken, the run has no adapter, or a whole model's base is another.
 */
export async function exportRun(run: RunFolder, out: string, form: ExportForm, { step, precision = 'bfloat16', base, ...hooks }: ExportHooks & { readonly step?: number; readonly precision?: ExportPrecision; readonly base?: string } = {}): Promise<number> {
  const known = run.checkpoints.list();
  const chosen = step === undefined ? known.at(-1) : known.find((each) => each.step === step);
  if (!chosen) throw new InputError({ thing: `run ${run.name}`, expected: step === undefined ? 'a checkpoint' : `a checkpoint after ${step} steps`, found: known.length === 0 ? 'none' : known.map((each) => each.step).join(', '), remedy: 'Choose one that is kept.' });
  assertEmpty(out);
  // One that is damaged is no export.
  await checkSums(chosen.folder, hooks.signal);
  const { config } = run;
  const full = config.parameters.kind === 'full';
  if (full && form === 'adapter') throw new InputError({ thing: `run ${run.name}`, expected: 'a run that trained an adapter', found: 'one that trained all weights', remedy: 'Use --form merged.' });
  if (form === 'adapter') {
    checkAdapter(chosen.folder);
    await copyAdapter(chosen.folder, out);
  } else {
    const folder = base ?? config.model.folder;
    if (!existsSync(folder)) throw new InputError({ thing: `run ${run.name}: model.folder`, expected: 'the model that it was trained on', found: `nothing in ${folder}`, remedy: 'Put it back, or say where it is now: --base FOLDER.' });
    assertSameBase(run, folder, config, chosen.folder);
    await fillFolder(out, (place) => writeMerged(place, { base: folder, checkpoint: chosen.folder, full, precision }, hooks));
  }
  return chosen.step;
}

/** @throws InputError where the base is another than what the run trained on. */
function assertSameBase(run: RunFolder, base: string, config: RunConfig, checkpoint: string): void {
  // What is exported needs the weights alone: a folder that is only those has no word of what it began with.
  const began = hasState(checkpoint) ? stateOf(checkpoint).began : undefined;
  if (began === undefined || began.model === modelFingerprint(base, readModelConfig(base))) return;
  throw new InputError({
    thing: `run ${run.name}: ${base}`, expected: 'the same weights, tokenizer and settings as when the run began', found: base === config.model.folder ? 'others: they were changed in place' : 'those of another model',
    remedy: config.parameters.kind === 'full' ? 'Put back what was there.' : 'Put back what was there, or export the adapter alone.',
  });
}

/**
 * The same for an adapter that is from no run here, with the base model that it was trained on.
 * @throws InputError when the base is no model or the adapter is not for it, or the folder is taken.
 */
export async function exportAdapter(adapter: string, base: string, out: string, form: ExportForm, { precision = 'bfloat16', ...hooks }: ExportHooks & { readonly precision?: ExportPrecision } = {}): Promise<void> {
  assertEmpty(out);
  if (form === 'merged') return fillFolder(out, (place) => writeMerged(place, { base, checkpoint: adapter, full: false, precision }, hooks));
  readAdapter(adapter, readModelConfig(base));
  await copyAdapter(adapter, out);
}

async function copyAdapter(adapter: string, out: string): Promise<void> {
  await fillFolder(out, async (place) => {
    for (const name of adapterFiles) copyFile(path.join(adapter, name), place(name));
  });
}
