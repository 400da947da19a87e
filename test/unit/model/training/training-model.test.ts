import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PromptGroup } from '../../../../main/generation/prompt-group.ts';
import type { LoadedModel } from '../../../../main/model/load.ts';
import type { TokenValues, TrainingBatch } from '../../../../main/model/training/batch.ts';
import { layOut } from '../../../../main/model/training/token-layout.ts';
import { TrainingModel } from '../../../../main/model/training/training-model.ts';
import { dot, ids, linearLoss, randomImage, tinyModel, usedAdapter, worstError } from './tiny-model.ts';

let model: LoadedModel;
let remove: () => Promise<void>;
let batch: TrainingBatch;

beforeAll(async () => {
  ({ model, remove } = await tinyModel());
  const { image } = model.config.tokens;
  const picture = (count: number): readonly number[] => new Array<number>(count).fill(image);
  const ones = (count: number): readonly number[] => new Array<number>(count).fill(1);
  batch = {
    prompt: { ids: [...ids(4, 1), ...picture(6), ...ids(5, 2)], images: [randomImage(4, 6, 1)] },
    rows: [
      { ids: ids(9, 3), mask: ones(9), images: [] },
      // A turn, what a tool answered with an image, and another turn.
      { ids: [...ids(3, 4), ...ids(2, 5), ...picture(4), ...ids(1, 6), ...ids(4, 7)], mask: [...ones(3), 0, 0, 0, 0, 0, 0, 0, ...ones(4)], images: [randomImage(4, 4, 2)] },
      { ids: ids(1, 8), mask: [1], images: [] },
      { ids: [], mask: [], images: [] },
      // Nothing after the last trained token counts.
      { ids: [...ids(2, 9), ...picture(4), ...ids(2, 1)], mask: [1, 1, 0, 0, 0, 0, 0, 0], images: [randomImage(4, 4, 3)] },
      { ids: ids(3, 10), mask: [0, 0, 0], images: [] },
    ],
  };
});
afterAll(() => remove());

const tokenCount = (of: TrainingBatch): number => of.rows.reduce((n, row) => n + row.ids.length, 0);

/** Each row with the whole prompt as a batch of its own. */
const alone = (of: TrainingBatch): readonly TrainingBatch[] => of.rows.map((row) => ({ prompt: of.prompt, rows: [row] }));

function part(values: TokenValues, of: TrainingBatch, row: number): TokenValues {
  const start = of.rows.slice(0, row).reduce((n, each) => n + each.ids.length, 0);
  const end = start + (of.rows[row]?.ids.length as number);
  return { logprobs: values.logprobs.subarray(start, end), entropies: values.entropies.subarray(start, end) };
}

describe('a group with one prompt', () => {
  test.each([1, 0.7])('has the logprobs of inference, images of later turns included, at temperature %d', async (temperature) => {
    const { logprobs, entropies } = await TrainingModel.lora(model, usedAdapter(model), { temperature }).forward(batch, { adapter: false });
    const vision = await model.vision();
    const encoded = (images: TrainingBatch['prompt']['images']) => Promise.all(images.map(async (image) => ({ grid: image.grid, features: await vision.encode(image) })));
    let t = 0;
    for (const { ids: row, mask, images } of batch.rows) {
      const group = await PromptGroup.open(model.language, { ids: batch.prompt.ids, images: await encoded(batch.prompt.images) }, 1);
      const first = group.rows[0]!.scores;
      const scores = row.length > 0 ? [first, ...(await group.append(0, { ids: row, images: await encoded(images) }, true))] : [];
      for (const [i, id] of row.entries()) {
        const logits = scores[i]!.logits.map((logit) => logit / temperature);
        const logNormaliser = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
        const entropy = logits.reduce((sum, logit) => sum - Math.exp(logit - logNormaliser) * (logit - logNormaliser), 0);
        expect(Math.abs((logprobs[t] as number) - (mask[i] === 1 ? (logits[id] as number) - logNormaliser : 0))).toBeLessThan(2e-5);
        expect(Math.abs((entropies[t] as number) - (mask[i] === 1 ? entropy : 0))).toBeLessThan(2e-5);
        t += 1;
      }
    }
    expect(t).toBe(logprobs.length);
  });

  test('has the logprobs and gradients of its rows with the prompt repeated', async () => {
    const training = TrainingModel.lora(model, usedAdapter(model));
    const derivatives = linearLoss(tokenCount(batch));
    const together = await training.gradients(batch, () => derivatives);
    const sum = new Map<string, Float32Array>();
    for (const [row, each] of alone(batch).entries()) {
      const { values, gradients } = await training.gradients(each, () => part(derivatives, batch, row));
      const expected = part(together.values, batch, row);
      for (const [i, value] of values.logprobs.entries()) expect(Math.abs(value - (expected.logprobs[i] as number))).toBeLessThan(1e-5);
      for (const [name, gradient] of gradients) sum.set(name, gradient.map((value, i) => value + (sum.get(name)?.[i] ?? 0)));
    }
    expect(together.gradients.size).toBe(28);
    expect(worstError(together.gradients, sum)).toBeLessThan(1e-5);
  });

  test('changes nothing with what stands in the padding, nor with the layers of a run', async () => {
    const gradients = async (options: { padding?: number; layersPerRun?: number }) => TrainingModel.lora(model, usedAdapter(model), options).gradients(batch, () => linearLoss(tokenCount(batch)));
    const plain = await gradients({});
    for (const padding of [10_000, -10_000]) {
      const poisoned = await gradients({ padding });
      expect(poisoned.values).toEqual(plain.values);
      expect(worstError(poisoned.gradients, plain.gradients)).toBeLessThan(1e-6);
    }
    expect(worstError((await gradients({ layersPerRun: 2 })).gradients, plain.gradients)).toBeLessThan(1e-5);
  });

  test('with all weights trained has the reference that it began with, in whatever runs the layers go', async () => {
    const own = await tinyModel();
    const expected = (await (await TrainingModel.full(own.model, { vision: false })).forward(batch)).logprobs;
    for (const layersPerRun of [1, 2]) {
      const { logprobs } = await (await TrainingModel.full(own.model, { vision: false }, { layersPerRun })).forward(batch, { adapter: false });
      for (const [i, value] of logprobs.entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-5);
    }
    await own.remove();
  });

  test('has the same gradients bit for bit when it is run again, on several threads', async () => {
    const own = await tinyModel({ threads: 4 });
    const gradients = () => TrainingModel.lora(own.model, usedAdapter(own.model)).gradients(batch, () => linearLoss(tokenCount(batch)));
    expect(await gradients()).toEqual(await gradients());
    await own.remove();
  });

  test('has the same gradients whatever is kept for the way back', async () => {
    const gradients = async (activationBytes: number) => (await TrainingModel.lora(model, usedAdapter(model, { dropout: 0.1 }), { activationBytes }).gradients(batch, () => linearLoss(tokenCount(batch)), { dropoutSeed: 1 })).gradients;
    const [nothing, some, all] = [await gradients(0), await gradients(60_000), await gradients(1e9)];
    expect(worstError(some, nothing)).toBeLessThan(1e-6);
    expect(worstError(all, nothing)).toBeLessThan(1e-6);
  });

  test('has the same gradients when the MLP takes tokens in parts', async () => {
    const gradients = async (parted: boolean, activationBytes: number, settings: { dropout?: number } = {}) =>
      (await TrainingModel.lora(model, usedAdapter(model, settings), { parted, activationBytes }).gradients(batch, () => linearLoss(tokenCount(batch)), settings.dropout ? { dropoutSeed: 1 } : {})).gradients;
    const whole = await gradients(false, 0);
    for (const activationBytes of [0, 60_000, 1e9]) expect(worstError(await gradients(true, activationBytes), whole)).toBeLessThan(1e-6);
    // Parts leave out other elements than the whole, but the same ones both ways.
    expect(worstError(await gradients(true, 1e9, { dropout: 0.1 }), await gradients(true, 0, { dropout: 0.1 }))).toBeLessThan(1e-6);
  });

  test('longer than a part of the prompt and than a bucket', async () => {
    const long: TrainingBatch = {
      prompt: { ids: ids(600, 1), images: [] },
      rows: [40, 3, 300, 38, 41].map((count, i) => ({ ids: ids(count, i + 20), mask: new Array<number>(count).fill(1), images: [] })),
    };
    const training = TrainingModel.lora(model, usedAdapter(model));
    const derivatives = linearLoss(tokenCount(long));
    const { values, gradients } = await training.gradients(long, () => derivatives);
    const repeated = await training.gradients({ prompt: { ids: long.prompt.ids.slice(0, 1), images: [] }, rows: long.rows.map((row) => ({
      ids: [...long.prompt.ids.slice(1), ...row.ids], mask: [...new Array<number>(599).fill(0), ...Array.from(row.mask)], images: [] })) }, () => {
      const padded = (of: Float32Array) => Float32Array.from(long.rows.flatMap((_, row) => [...new Array<number>(599).fill(0), ...part({ logprobs: of, entropies: of }, long, row).logprobs]));
      return { logprobs: padded(derivatives.logprobs), entropies: padded(derivatives.entropies) };
    });
    expect(worstError(gradients, repeated.gradients)).toBeLessThan(1e-5);
    const trained = repeated.values.logprobs.filter((value) => value !== 0);
    expect(trained.length).toBe(values.logprobs.length);
    for (const [i, value] of values.logprobs.entries()) expect(Math.abs(value - (trained[i] as number))).toBeLessThan(2e-5);
  });

  test('with a row that is cut into parts has the gradients of its halves', async () => {
    const [prompt, row, half] = [ids(100, 1), ids(2001, 2), 1001];
    const whole: TrainingBatch = { prompt: { ids: prompt, images: [] }, rows: [{ ids: ids(30, 3), mask: new Array<number>(30).fill(1), images: [] }, { ids: row, mask: new Array<number>(2001).fill(1), images: [] }] };
    const { tree, sizes } = layOut(whole, model.config);
    expect(tree.filter(({ row: ofRow }) => ofRow).length).toBe(8);
    expect(Math.max(...sizes.map(({ tokens }) => tokens))).toBe(250);
    const training = TrainingModel.lora(model, usedAdapter(model));
    const derivatives = linearLoss(2031);
    const { values, gradients } = await training.gradients(whole, () => derivatives);

    const first: TrainingBatch = { prompt: whole.prompt, rows: [whole.rows[0]!, { ids: row.slice(0, half), mask: new Array<number>(half).fill(1), images: [] }] };
    const second: TrainingBatch = { prompt: { ids: [...prompt, ...row.slice(0, half)], images: [] }, rows: [{ ids: row.slice(half), mask: new Array<number>(2001 - half).fill(1), images: [] }] };
    const cut = (start: number, end: number): TokenValues => ({ logprobs: derivatives.logprobs.subarray(start, end), entropies: derivatives.entropies.subarray(start, end) });
    const halves = [await training.gradients(first, () => cut(0, 30 + half)), await training.gradients(second, () => cut(30 + half, 2031))];
    for (const each of [first, second]) expect(layOut(each, model.config).tree.some(({ row: ofRow }) => ofRow)).toBe(false);
    for (const [i, logprob] of halves.flatMap((each) => [...each.values.logprobs]).entries()) expect(Math.abs(logprob - (values.logprobs[i] as number))).toBeLessThan(2e-5);
    expect(worstError(gradients, new Map([...gradients.keys()].map((name) => [name, halves[0]!.gradients.get(name)!.map((value, i) => value + (halves[1]!.gradients.get(name)?.[i] as number))])))).toBeLessThan(1e-5);
  });

  test('without trained tokens has no gradient', async () => {
    const nothing: TrainingBatch = { prompt: batch.prompt, rows: [{ ids: ids(3, 1), mask: [0, 0, 0], images: [] }, { ids: [], mask: [], images: [] }] };
    const { values, gradients } = await TrainingModel.lora(model, usedAdapter(model)).gradients(nothing, () => linearLoss(3));
    expect([...values.logprobs]).toEqual([0, 0, 0]);
    expect([...gradients.values()].every((gradient) => gradient.every((value) => value === 0))).toBe(true);
  });

  test('stops at the first layer whose numbers overflow, and names it', async () => {
    const own = await tinyModel();
    const training = TrainingModel.lora(own.model, usedAdapter(own.model));
    const pass = await training.forward(batch);
    const weight = (await own.model.store.float32('model.layers.1.mlp.up_proj.weight')).data;
    weight[5] = Infinity;
    await expect(training.forward(batch)).rejects.toThrow(/^the output of layer 1 is NaN|^the output of layer 1 is -?Infinity/);
    await expect(training.backward(pass, linearLoss(tokenCount(batch)))).rejects.toThrow('the gradient before layer 1');
    await own.remove();
  });

  test.each([
    ['model.norm.weight', 'the output of the head is NaN'],
    ['visual.merger.mlp.2.bias', 'the output of the vision tower is'],
  ])('stops where %s is broken, and names what is behind it', async (name, told) => {
    const own = await tinyModel();
    const training = TrainingModel.lora(own.model, usedAdapter(own.model));
    (await own.model.store.float32(name)).data[3] = Infinity;
    await expect(training.forward(batch)).rejects.toThrow(told);
    await own.remove();
  });

  test('is refused when a mask or the images do not fit', async () => {
    const training = TrainingModel.lora(model, usedAdapter(model));
    await expect(training.forward({ ...batch, rows: [{ ids: [200, 201], mask: [1], images: [] }] })).rejects.toThrow('row 0: a mask of 1 for 2 tokens');
    await expect(training.forward({ prompt: { ids: [], images: [] }, rows: [] })).rejects.toThrow('a prompt needs one token or more');
    await expect(training.forward({ prompt: { ids: batch.prompt.ids, images: [] }, rows: [] })).rejects.toThrow(/belongs to an image/);
    const pass = await training.forward(batch, { adapter: false });
    await expect(training.backward(pass, linearLoss(tokenCount(batch)))).rejects.toThrow('without the adapter');
  });
});

/** Σ c·logprob + d·entropy. */
async function linear(training: TrainingModel, of: TrainingBatch, loss: TokenValues, options = {}): Promise<number> {
  const { logprobs, entropies } = await training.forward(of, options);
  return dot(loss.logprobs, logprobs) + dot(loss.entropies, entropies);
}

/** The slope of the loss along a parameter's own gradient, by differences and by the gradient. */
async function slopes(training: TrainingModel, name: string, of: TrainingBatch, loss: TokenValues, gradient: Float32Array, options = {}): Promise<readonly [number, number]> {
  const values = training.parameters.get(name) as Float32Array;
  const before = values.slice();
  const norm = Math.sqrt(dot(gradient, gradient));
  const step = Math.min(0.1 / norm, 0.05 * Math.sqrt(dot(before, before))); // a change of the loss well above its rounding
  const at = async (distance: number): Promise<number> => {
    for (let i = 0; i < values.length; i++) values[i] = (before[i] as number) + (distance * (gradient[i] as number)) / norm;
    return linear(training, of, loss, options);
  };
  // Fifth-order differences: float32 allows no small steps.
  const difference = (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) / (12 * step);
  values.set(before);
  return [difference, norm];
}

/** Parameters whose gradient is off by a thousandth. */
async function wrong(training: TrainingModel, loss: TokenValues, gradients: ReadonlyMap<string, Float32Array>, options = {}, of = batch): Promise<readonly string[]> {
  const names: string[] = [];
  for (const [name, gradient] of gradients) {
    const [difference, norm] = await slopes(training, name, of, loss, gradient, options);
    if (!(Math.abs(difference / norm - 1) < 1e-3)) names.push(name);
  }
  return names;
}

describe('gradients are finite differences', () => {
  test.each([
    ['', {}, true, 1],
    [', with dropout', { dropoutSeed: 3 }, true, 1],
    [', of logprobs alone', {}, false, 1],
    [', at temperature 0.7', {}, true, 0.7],
    [', of logprobs alone at temperature 0.7', {}, false, 0.7],
  ])('of every adapter matrix%s, with few tokens and with many', async (_, options, entropies, temperature) => {
    // With more tokens than a token has numbers adapters are added to the weights.
    const many = { ...batch, prompt: { ...batch.prompt, ids: [...batch.prompt.ids, ...ids(model.config.text.hiddenSize, 4)] } };
    for (const of of [batch, many]) {
      expect(layOut(of, model.config).length > model.config.text.hiddenSize).toBe(of === many);
      const training = TrainingModel.lora(model, usedAdapter(model, { dropout: 0.2 }), { temperature });
      const loss = { ...linearLoss(tokenCount(of)), ...(!entropies && { entropies: new Float32Array(tokenCount(of)) }) };
      const { gradients } = await training.gradients(of, () => loss, options);
      expect(await wrong(training, loss, gradients, options, of)).toEqual([]);
    }
  });

  test.each([{}, { dropoutSeed: 3 }])('of every matrix of an adapter on the vision tower too: %o', async (options) => {
    const training = TrainingModel.lora(model, usedAdapter(model, { targetModules: ['visual.all-linear', 'layers.1.mlp.down_proj'], dropout: 0.2 }));
    const loss = linearLoss(tokenCount(batch));
    const { gradients } = await training.gradients(batch, () => loss, options);
    expect(gradients.size).toBe(2 * (2 * 5 + 2 + 1));
    expect(await wrong(training, loss, gradients, options)).toEqual([]);
  });

  test.each([1, 0.7])('of every weight, the vision tower’s and the embedding included, at temperature %d', async (temperature) => {
    const own = await tinyModel();
    const training = await TrainingModel.full(own.model, { vision: true }, { temperature });
    const loss = linearLoss(tokenCount(batch));
    const { gradients } = await training.gradients(batch, () => loss);
    expect(await wrong(training, loss, gradients)).toEqual([]);
    await own.remove();
  });
});
