import { cpSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { continueConfig } from '../../../main/train/change-config.ts';
import { readModelConfig } from '../../../main/model/folder/config.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { modelFingerprint } from '../../../main/train/fingerprint.ts';
import { starterFolder } from '../../../main/train/quickstart/quickstart.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';
import { goldenFolder } from '../../golden/folder.ts';

const home = mkdtempSync(path.join(os.tmpdir(), 'change-config-'));
afterAll(() => rmSync(home, { recursive: true }));

/** A run with one checkpoint, of a model that has moved since. */
async function movedRun(name: string, began: object | undefined): Promise<{ readonly run: RunFolder; readonly old: string; readonly moved: string }> {
  const [old, moved] = [path.join(home, `${name}-old`), path.join(home, `${name}-new`)];
  cpSync(starterFolder, old, { recursive: true });
  const run = RunFolder.create(home, readRunConfig('quickstart', [`name=${name}`, `model.folder=${old}`]));
  await run.checkpoint({ step: 1, best: null, sampler: { order: [], next: 0 } as never, config: run.config, ...(began && { began: began as never }) }, 2, async () => {});
  renameSync(old, moved);
  return { run, old, moved };
}

test('a model that was moved is told with what to do, and its new place, from wherever it is named, is taken', async () => {
  const { run, old, moved } = await movedRun('known', { model: modelFingerprint(starterFolder, readModelConfig(starterFolder)), train: '', heldOut: '' });
  expect(() => continueConfig(run, [])).toThrow(`run known: model.folder: expected the model that it was trained on, found nothing in ${old}. Put it back, or say where it is now: arft resume known --set model.folder=FOLDER.`);
  const { config, changes } = continueConfig(run, [`model.folder=${path.relative(process.cwd(), moved)}`]);
  expect(config.model.folder).toBe(moved);
  // Whose checkpoint would be called damaged.
  expect(() => continueConfig(run, [`model.folder=${path.join(goldenFolder(), 'model')}`])).toThrow(/run known: model\.folder: expected the model that it was trained on, found another one in/);
  expect(changes).toEqual([{ key: 'model.folder', from: old, to: moved }]);
});

test('where nothing tells whether it is the same model, its place stays', async () => {
  const { run, moved } = await movedRun('unknown', undefined);
  expect(() => continueConfig(run, [`model.folder=${moved}`])).toThrow(/as before: the trained tensors of the checkpoint belong to it/);
});
