import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readModelConfig } from '../../../main/model/folder/config.ts';
import { schemes } from '../../../main/model/quantize/scheme.ts';
import { trainBackward } from '../../../main/model/graphs/train-layers.ts';
import { layOut } from '../../../main/model/training/token-layout.ts';
import { loraModules } from '../../../main/model/folder/adapter.ts';
import { writeAdapter } from '../../../main/model/folder/adapter-writer.ts';
import { loraDefaults, newAdapter } from '../../../main/model/training/lora.ts';
import { arenaBytes, executionOrder } from '../../../main/onnx/arena.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { changesToFit, largestGroups, togetherToFit } from '../../../main/train/fit-training.ts';
import { planInput } from '../../../main/train/plan-run.ts';
import { type TrainingPlanInput, planTraining, trainedNumbers } from '../../../main/train/plan-training.ts';

const shape = (name: string) => readModelConfig(path.join(import.meta.dirname, 'shapes', name));
const lora = { kind: 'lora', rank: 16, targetModules: ['all-linear'], excludeModules: [] } as const;
const starter: TrainingPlanInput = { config: readModelConfig(path.join(import.meta.dirname, '../../../resources/starter')), where: 'memory', parameters: lora, imagePixels: 3136, promptTokens: 200, completionTokens: 64, group: 4, slots: 4, reference: false, otherShapes: false };

describe('numbers that are trained', () => {
  it('count the vision tower’s modules as an adapter has them', () => {
    const parameters = { kind: 'lora', rank: 8, targetModules: ['all-linear', 'visual.all-linear'], excludeModules: [] } as const;
    const { matrices } = newAdapter({ ...loraDefaults, ...parameters }, starter.config, 1);
    expect(trainedNumbers(starter.config, parameters)).toBe([...matrices.values()].reduce((sum, { a, b }) => sum + a.length + b.length, 0));
  });

  // r·(in + out) over the seven projections of each layer, from the published sizes.
  it.each([['3b', 29_933_568], ['7b', 40_370_176]])('of LoRA 16 on %s are %d', (name, numbers) => {
    const plan = planTraining({ ...starter, config: shape(name), quantize: schemes['int4']!, where: 'device', promptTokens: 256, completionTokens: 64, group: 2, slots: 2 });
    expect(plan.parameters).toBe(numbers);
    expect(plan.parts.find((part) => part.name === 'AdamW’s moments')?.bytes).toBe(8 * numbers);
  });
});

describe('a run that begins with an adapter', () => {
  const config = readRunConfig('quickstart', ['parameters.rank=4']);
  const folder = mkdtempSync(path.join(os.tmpdir(), 'plan-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const sizes = { promptTokens: 200, completionTokens: 64, imagePixels: 3136 };

  it('is planned with that one’s rank, which no change of the configuration makes smaller', async () => {
    writeAdapter(folder, newAdapter({ ...loraDefaults, rank: 32 }, starter.config, 1));
    const input = planInput({ ...config, model: { ...config.model, adapter: folder } }, sizes);
    const own = planInput(config, sizes);
    expect(planTraining(input).parameters).toBe(8 * planTraining(own).parameters);
    const settings = async (each: TrainingPlanInput) => (await changesToFit(each, 1)).map(({ setting }) => setting);
    expect(await settings({ ...own, parameters: { ...lora, rank: 32 } })).toContain('parameters.rank');
    expect(await settings(input)).not.toContain('parameters.rank');
  });
});

describe('the plan', () => {
  const parts = (input: TrainingPlanInput) => Object.fromEntries(planTraining(input).parts.map((part) => [part.name, part.bytes]));
  it('adds its parts up', () => {
    const { parts: all, peakBytes } = planTraining(starter);
    expect(peakBytes).toBe(all.reduce((sum, { bytes }) => sum + bytes, 0));
  });
  it('has the inputs of four layers and what is in flight: x is [tokens, 128]', () => {
    // 200 of the prompt, four rows of 63 (the last token predicts nothing).
    expect(parts(starter)['inputs of the layers']).toBe((4 + 4) * (200 + 4 * 63) * 128 * 4);
  });
  it('needs less without kept activations, and says so', () => {
    // Of four layers one is computed again at a time; where all are kept, they go as gradients come.
    const one = parts({ ...starter, activationBytes: 0 })['activations that are kept'] as number;
    expect(parts(starter)['activations that are kept']).toBe(4 * one - 4 * planTraining(starter).parameters);
  });
  it('never shrinks with longer completions or larger groups', () => {
    const peaks = [starter, { ...starter, completionTokens: 128 }, { ...starter, completionTokens: 128, group: 8, slots: 8 }].map((input) => planTraining(input).peakBytes);
    expect(peaks).toEqual(peaks.toSorted((a, b) => a - b));
  });
});

describe('half precision', () => {
  const parts = (input: TrainingPlanInput) => new Map(planTraining(input).parts.map((part) => [part.name, part.bytes]));
  const onDevice = { ...starter, where: 'device' } as const;
  it('halves the matrices of the base model on a device, and brings one layer or the head to float32', () => {
    const [whole, half] = [parts(onDevice), parts({ ...onDevice, precision: 'float16' })];
    // What is no matrix stays in float32: two norms of 128 a layer, biases of 128 + 64 + 64, and the last norm.
    const vectors = 4 * (4 * (2 * 128 + 256) + 128);
    expect(half.get('base weights')).toBe(((whole.get('base weights') as number) - vectors) / 2 + vectors);
    // A layer as above is larger than the head.
    expect(half.get('weights in float32, one layer’s or the head’s')).toBe(4 * (2 * 16_384 + 2 * 8_192 + 3 * 49_152));
    expect(planTraining({ ...onDevice, precision: 'float16' }).peakBytes).toBeLessThan(planTraining({ ...onDevice, precision: 'float32' }).peakBytes + 4 * (2 * 16_384 + 2 * 8_192 + 3 * 49_152));
  });
  it('is not what a CPU computes in, nor what whole weights are trained in', () => {
    const full = { ...onDevice, parameters: { kind: 'full', vision: true } } as const;
    for (const input of [starter, full]) expect(planTraining({ ...input, precision: 'float16' })).toEqual(planTraining(input));
  });
});

describe('the reference of a model whose weights are all trained', () => {
  const full = { ...starter, parameters: { kind: 'full', vision: true } } as const;
  it('adds one layer and the head, not a second model', () => {
    const parts = new Map(planTraining({ ...full, reference: true }).parts.map(({ name, bytes }) => [name, bytes]));
    const [added] = [...parts].filter(([name]) => name.startsWith('the reference'));
    // A layer: q and o [128, 128], k and v [64, 128], an MLP of three times [384, 128]; a head of [448, 128].
    expect(added?.[1]).toBe(4 * (2 * 16_384 + 2 * 8_192 + 3 * 49_152 + 57_344));
    expect(planTraining({ ...full, reference: false }).parts.some(({ name }) => name.startsWith('the reference'))).toBe(false);
  });
});

describe('the MLP in parts', () => {
  it('takes almost half the memory off a way back with 5,000 tokens of 3B’s shape', () => {
    const { text } = shape('3b');
    const row = { ids: new Array<number>(512).fill(0), mask: new Array<number>(512).fill(1), images: [] };
    const { tree, sizes } = layOut({ prompt: { ids: new Array<number>(1024).fill(0), images: [] }, rows: Array.from({ length: 8 }, () => row) }, shape('3b'));
    const bindings = { r: 16, ...Object.fromEntries(sizes.flatMap(({ batch, tokens }, i) => [[`B.${i}`, batch], [`S.${i}`, tokens]])) };
    const bytes = (parted: boolean): number =>
      arenaBytes([{ graph: trainBackward(text, { layers: 1, tree, tail: false, parted, trained: { kind: 'lora', modules: [[...loraModules(shape('3b')).keys()]], dropout: false, merged: false } }).graph, bindings }]);
    expect(bytes(true)).toBeLessThan(0.6 * bytes(false));
  });
});

describe('what would fit', () => {
  const room = planTraining(starter).peakBytes - 1;
  it('is named with figures that hold', async () => {
    const changes = await changesToFit(starter, room);
    expect(changes.map(({ setting }) => setting)).toContain('rollout.group');
    expect(changes.find(({ setting }) => setting === 'rollout.group')?.peakBytes).toBe(planTraining({ ...starter, group: 2, slots: 2 }).peakBytes);
    expect(changes[0]?.peakBytes).toBeLessThanOrEqual(room);
  });
  it('takes several changes where none is enough by itself', async () => {
    const changes = await changesToFit(starter, 1);
    const least = Math.min(...changes.map(({ peakBytes }) => peakBytes));
    const together = await togetherToFit(starter, least - 1);
    expect(together.peakBytes).toBeLessThan(least);
    expect(together.changes.length).toBeGreaterThan(1);
    const all = await togetherToFit(starter, 1);
    expect(all.peakBytes).toBeLessThanOrEqual(together.peakBytes);
    // What is named, set by hand, needs what is said.
    const large: TrainingPlanInput = { ...starter, config: shape('3b'), where: 'device' };
    const { changes: [first], peakBytes } = await togetherToFit(large, planTraining({ ...large, quantize: schemes['int4']! }).peakBytes);
    expect(first).toEqual({ setting: 'model.quantize', value: 'int4' });
    expect(peakBytes).toBe(planTraining({ ...large, quantize: schemes['int4']! }).peakBytes);
  });
  it('is the setting that bounds what a run of that kind reads and writes', async () => {
    const lengths = async (...settings: readonly string[]) =>
      (await changesToFit(planInput(readRunConfig('quickstart', settings), { promptTokens: 200, completionTokens: 512, imagePixels: 3136 }), 1)).map(({ setting }) => setting).filter((setting) => /tokens/i.test(setting));
    expect(await lengths()).toEqual(['rollout.tokens']);
    // A single step is one completion; demonstrations are as long as they are.
    expect(await lengths('data.mode=step')).toEqual(['rollout.maxNewTokens']);
    expect(await lengths('data.mode=step', 'method=sft')).toEqual([]);
  });
  it('is an adapter where all weights are trained', async () => {
    const all: TrainingPlanInput = { ...starter, config: shape('3b'), parameters: { kind: 'full', vision: true } };
    const one = planTraining({ ...all, parameters: lora }).peakBytes;
    expect((await changesToFit(all, one))[0]).toEqual({ setting: 'parameters.kind', value: 'lora', peakBytes: one });
    const { changes } = await togetherToFit(all, planTraining({ ...all, parameters: lora, quantize: schemes['int4']! }).peakBytes);
    expect(changes).toEqual([{ setting: 'parameters.kind', value: 'lora' }, { setting: 'model.quantize', value: 'int4' }]);
  });
  it('finds the largest group, and none where none fits', async () => {
    expect(await largestGroups(starter, room, [64])).toEqual([{ completionTokens: 64, group: 2, peakBytes: planTraining({ ...starter, group: 2, slots: 2 }).peakBytes }]);
    expect((await largestGroups(starter, 1, [64]))[0]?.group).toBe(0);
  });
});

it('nodes run depth first from the last output, later inputs first', () => {
  const node = (name: string, inputs: readonly string[]) => ({ op: 'X', name, inputs, outputs: [name], attributes: {} });
  // d and e are leaves; e needs b and c.
  const nodes = [node('a', ['x']), node('b', ['a']), node('c', ['a']), node('d', ['a']), node('e', ['b', 'c'])];
  expect(executionOrder({ nodes }).map(({ name }) => name)).toEqual(['a', 'c', 'b', 'e', 'd']);
});
