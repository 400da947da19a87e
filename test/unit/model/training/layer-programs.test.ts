import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainForward } from '../../../../main/model/graphs/train-layers.ts';
import type { LoadedModel } from '../../../../main/model/load.ts';
import type { TrainingBatch } from '../../../../main/model/training/batch.ts';
import { LayerPrograms, nodeBytes } from '../../../../main/model/training/layer-programs.ts';
import { TrainingModel } from '../../../../main/model/training/training-model.ts';
import { ids, linearLoss, tinyModel, usedAdapter } from './tiny-model.ts';

let model: LoadedModel;
let remove: () => Promise<void>;
beforeAll(async () => {
  ({ model, remove } = await tinyModel());
});
afterAll(() => remove());

const batchOf = (prompt: number, rows: readonly number[]): TrainingBatch => ({
  prompt: { ids: ids(prompt, 1), images: [] },
  rows: rows.map((count, i) => ({ ids: ids(count, i + 2), mask: new Array<number>(count).fill(1), images: [] })),
});

test('programs of earlier trees are released when they hold too much, and made again when needed', async () => {
  const [one, other] = [batchOf(5, [4, 4]), batchOf(300, [6])];
  const training = TrainingModel.lora(model, usedAdapter(model), { programBytes: 0 });
  const gradients = async (batch: TrainingBatch, count: number) => (await training.gradients(batch, () => linearLoss(count))).gradients;
  const first = await gradients(one, 8);
  await gradients(other, 6);
  expect(await gradients(one, 8)).toEqual(first);
});

const output = { y: true, activations: false };

test('the budget counts what other trees hold, least recently used first', async () => {
  const sizes = { 'S.0': 10, 'B.1': 2, 'S.1': 4, r: 0 };
  const options = { layers: 1, tail: false, trained: { kind: 'lora', modules: [['mlp.up_proj']], dropout: false, merged: false } } as const;
  const trees = [
    [{ parent: undefined, batched: false }],
    [{ parent: undefined, batched: false }, { parent: 0, batched: true }],
    [{ parent: undefined, batched: false }, { parent: 0, batched: false }],
  ];
  const programs = new LayerPrograms(model, 0);
  let written = 0;
  const get = (i: number, key: string) => programs.get(trees[i]!, key, sizes, () => {
    written += 1;
    return trainForward(model.config.text, { ...options, tree: trees[i]!, tail: key === 'tail' }, output);
  });
  await get(0, 'all');
  await get(0, 'tail');
  expect(programs.size).toBe(2); // those of the tree at hand stay
  await get(1, 'all');
  expect(programs.size).toBe(1);
  await get(1, 'all');
  expect(written).toBe(3);
  await get(0, 'all');
  expect([programs.size, written]).toEqual([1, 4]);

  const roomy = new LayerPrograms(model, 1e9);
  for (const i of [0, 1, 2, 0]) await roomy.get(trees[i]!, 'all', sizes, () => trainForward(model.config.text, { ...options, tree: trees[i]! }, output));
  expect(roomy.size).toBe(3);
});

test('what counts is what is compiled: on the CPU all programs run in one memory', async () => {
  const trees = [0, 1, 2].map((more) => Array.from({ length: more + 1 }, (_, i) => ({ parent: i === 0 ? undefined : i - 1, batched: false })));
  const graphs = trees.map((tree) => trainForward(model.config.text, { layers: 1, tree, tail: false, trained: { kind: 'lora', modules: [[]], dropout: false, merged: false } }, output));
  const nodes = graphs.map(({ graph }) => graph.nodes.length) as [number, number, number];
  const programs = new LayerPrograms(model, nodeBytes * (nodes[1] + nodes[2]));
  for (const [i, tree] of trees.entries()) await programs.get(tree, 'all', { 'S.0': 1e6, 'S.1': 1e6, 'S.2': 1e6, r: 0 }, () => graphs[i]!);
  expect(programs.size).toBe(2);
});
