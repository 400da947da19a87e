import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { expectedTensors } from '../../../main/model/folder/expected-tensors.ts';
import { openSafetensors } from '../../../main/model/folder/safetensors.ts';
import { loadModel } from '../../../main/model/load.ts';
import { adamWDefaults } from '../../../main/model/training/adamw.ts';
import type { TrainingBatch } from '../../../main/model/training/batch.ts';
import { loraDefaults } from '../../../main/model/training/lora.ts';
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

  const again = await loadModel(model.folder, { threads: 1 }); // as the first
  const resumed = await TrainingSession.open(again, { ...settings, resume: path.join(folder, 'one') });
  expect(await step(resumed)).toEqual(second);
  expect((await resumed.forward({ batch, adapter: true })).logprobs).toEqual(third.logprobs);
  await again.release();
  await remove();
});

test('weight decay takes from matrices, an adapter’s among them, not from norms and biases', async () => {
  const { model, remove } = await tinyModel({ adapters: true });
  const batch: TrainingBatch = { prompt: { ids: ids(3, 1), images: [] }, rows: [{ ids: ids(4, 2), mask: [1, 1, 1, 1], images: [] }] };
  const optimizer = { ...adamWDefaults, beta1: 0, weightDecay: 0.5 };
  /** Parameters whose norm is half of what it was, after a step of rate 1 by gradients of 0. */
  const halved = async (parameters: TrainingSettings['parameters'], name: string) => {
    const session = await TrainingSession.open(model, { parameters, optimizer });
    const norms = () => {
      session.save(path.join(folder, name));
      const file = openSafetensors(path.join(folder, name, parameters.kind === 'full' ? 'weights.safetensors' : 'adapter_model.safetensors'));
      const found = [...file.tensors.keys()].map((tensor): [string, number] => [tensor, Math.hypot(...file.readFloat32(tensor))]);
      file.close();
      return found;
    };
    const before = new Map(norms());
    const { pass } = await session.forward({ batch, adapter: true });
    await session.backward(pass, { logprobs: new Float32Array(4), entropies: new Float32Array(4) });
    await session.update(1, 0);
    return norms().flatMap(([tensor, norm]) => (norm > 0 && Math.abs(norm / (before.get(tensor) as number) - 0.5) < 1e-6 ? [tensor] : []));
  };
  const matrices = [...expectedTensors(model.config)].flatMap(([tensor, shape]) => (shape.length > 1 && !tensor.startsWith('visual.') ? [tensor] : []));
  expect((await halved({ kind: 'lora', settings: { ...loraDefaults, rank: 2 }, seed: 1 }, 'adapter')).length).toBe(14);
  expect((await halved({ kind: 'full', vision: false }, 'full')).sort()).toEqual(matrices.sort());
  await remove();
});

test('an adapter that is begun with drops inputs as this training says, not as the one that made it', async () => {
  const { model, remove } = await tinyModel({ adapters: true });
  const batch: TrainingBatch = { prompt: { ids: ids(6, 1), images: [] }, rows: [{ ids: ids(8, 2), mask: new Array<number>(8).fill(1), images: [] }] };
  const settings = (dropout: number, adapter?: string): TrainingSettings => ({ parameters: { kind: 'lora', settings: { ...loraDefaults, dropout }, seed: 1, ...(adapter !== undefined && { adapter }) }, optimizer: adamWDefaults });
  const first = await TrainingSession.open(model, settings(0));
  const { pass } = await first.forward({ batch, adapter: true });
  await first.backward(pass, linearLoss(8));
  await first.update(1e-2, 1);
  first.save(path.join(folder, 'begun-with'));
  const said = async (dropout: number, dropoutSeed?: number) => {
    const session = await TrainingSession.open(model, settings(dropout, path.join(folder, 'begun-with')));
    return (await session.forward({ batch, adapter: true, keep: true, ...(dropoutSeed !== undefined && { dropoutSeed }) })).logprobs;
  };
  expect(await said(0, 1)).toEqual(await said(0));
  expect(await said(0.5)).toEqual(await said(0));
  expect(await said(0.5, 1)).not.toEqual(await said(0.5, 2));
  await remove();
});
