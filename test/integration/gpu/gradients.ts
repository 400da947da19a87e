import path from 'node:path';
import { readAdapter } from '../../../main/model/folder/adapter-reader.ts';
import { type LoadOptions, loadModel } from '../../../main/model/load.ts';
import { openSafetensors } from '../../../main/model/folder/safetensors.ts';
import { type TrainingOptions, TrainingModel } from '../../../main/model/training/training-model.ts';
import { policyLoss } from '../../../main/train/losses/policy-loss.ts';
import { goldenFolder } from '../../golden/folder.ts';
import { completionIds, goldenImage, grpo, grpoTensors, lossSettings, lossTokens, offsets, reference, toolMask } from '../../golden/grpo-case.ts';

// A process of its own, because the software driver is found through the environment it starts with. Prints how far the
// reference's losses and LoRA gradients are. argv: load options and training options as JSON, names of loss cases.

const folder = goldenFolder();
const [load, options, names] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [LoadOptions, TrainingOptions, readonly string[]];
const model = await loadModel(path.join(folder, 'model'), load);
const training = TrainingModel.lora(model, readAdapter(path.join(folder, 'adapter'), model.config), options);
const pixels = openSafetensors(path.join(folder, 'images.safetensors')).readFloat32(`${grpo.image}.pixel_values`);
const batch = {
  prompt: { ids: grpo.prompt_ids, images: [{ grid: goldenImage.grid_thw, pixels }] },
  rows: offsets.slice(1).map((end, row) => ({ ids: completionIds.slice(offsets[row], end), mask: toolMask.slice(offsets[row], end), images: [] })),
};
const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const found: { name: string; loss: number; gradient: number }[] = [];
for (const each of grpo.cases.filter(({ name }) => names.includes(name))) {
  let loss = NaN;
  const { gradients } = await training.gradients(batch, ({ logprobs, entropies }) => {
    const { value, gradients: derivatives } = policyLoss(lossTokens(each, logprobs, entropies), lossSettings(each));
    loss = Math.abs(value - each.loss);
    return derivatives;
  });
  const errors = [...gradients].map(([name, values]) => {
    const expected = grpoTensors.readFloat32(`${each.name}.grad.base_model.model.model.language_${name}.weight`);
    return norm(expected.map((value, i) => value - (values[i] as number))) / norm(expected);
  });
  found.push({ name: each.name, loss, gradient: Math.max(...errors) });
}
const { logprobs } = await training.forward(batch, { adapter: false });
const expected = reference('ref_logprobs');
const referenceError = Math.max(...[...toolMask.keys()].filter((t) => toolMask[t] === 1).map((t) => Math.abs((logprobs[t] as number) - (expected[t] as number))));
// Where a pass keeps what goes from layer to layer, and what is said of a number that is none.
const pass = await training.forward(batch, { keep: true });
const places = [...new Set(pass.inputs.slice(1).map(({ kind }) => kind))];
training.forget(pass);
const [, spoilt] = [...training.parameters].find(([name]) => name.startsWith('model.layers.1.') && name.endsWith('.lora_B')) ?? [];
if (!spoilt) throw new Error('the adapter of the golden set has nothing in layer 1');
spoilt[0] = NaN;
const said = await training.forward(batch).then(() => 'nothing', (error: Error) => `${error.name}: ${error.message}`);
console.log(JSON.stringify({ places, said, provider: model.runtime.settings.provider, notes: model.notes, cases: found, reference: referenceError }));
process.exit(0);
