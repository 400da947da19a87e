import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadModel } from '../../../main/model/load.ts';
import { adamWDefaults } from '../../../main/model/training/adamw.ts';
import type { TrainingBatch } from '../../../main/model/training/batch.ts';
import { TrainingSession, type TrainingSettings } from '../../../main/worker/training-session.ts';
import { ids, linearLoss, randomImage, tinyModel } from '../model/training/tiny-model.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-session-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('all weights, resumed: the next step, its reference included, is bit-equal', async () => {
  const { model, remove } = await tinyModel();
  const { image } = model.config.tokens;
  const batch: TrainingBatch = { prompt: { ids: [...ids(3, 1), ...new Array<number>(4).fill(image), ...ids(3, 2)], images: [randomImage(4, 4, 1)] }, rows: [5, 8].map((count, i) => ({ ids: ids(count, i + 3), mask: new Array<number>(count).fill(1), images: [] })) };
  const settings: TrainingSettings = { parameters: { kind: 'full', vision: true }, optimizer: { ...adamWDefaults, weightDecay: 0.01 } };
  /** One step, with what the policy and the reference said before it. */
  const step = async (session: TrainingSession) => {
    const { logprobs: reference } = await session.forward({ batch, adapter: false });
    const { pass, logprobs } = await session.forward({ batch, adapter: true });
    await session.backward(pass, linearLoss(13));
    return { reference, logprobs, norm: await session.update(1e-3, 1) };
  };
  const session = await TrainingSession.open(model, settings);
  const first = await step(session);
  expect(first.reference).toEqual(first.logprobs);
  session.save(path.join(folder, 'one'));
  const second = await step(session);
  expect(second.reference).toEqual(first.reference);
  expect(second.logprobs).not.toEqual(first.logprobs);
  const third = await session.forward({ batch, adapter: true });

  const again = await loadModel(model.folder);
  const resumed = await TrainingSession.open(again, { ...settings, resume: path.join(folder, 'one') });
  expect(await step(resumed)).toEqual(second);
  expect((await resumed.forward({ batch, adapter: true })).logprobs).toEqual(third.logprobs);
  await again.release();
  await remove();
});
