import { generate } from '../../main/generation/generate.ts';
import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { type LoadOptions, loadModel } from '../../main/model/load.ts';
import { someIds } from './models.ts';

// A process of its own: loads a model, reads a prompt with one image, writes a group's completions, and prints what it
// held at most. argv: folder, load options as JSON, sizes as JSON.

const [folder, options, sizes] = process.argv.slice(2) as [string, string, string];
const { patches, prompt, completion, group } = JSON.parse(sizes) as { patches: readonly [number, number]; prompt: number; completion: number; group: number };
const model = await loadModel(folder, JSON.parse(options) as LoadOptions);
const { config } = model;
const [rows, columns] = patches;
const images = [];
if (rows * columns > 0) {
  const grid = [1, rows, columns] as const;
  const pixels = new Float32Array(rows * columns * config.vision.channels * config.vision.temporalPatchSize * config.vision.patchSize ** 2).fill(0.1);
  images.push({ grid, features: await (await model.vision()).encode({ grid, pixels }) });
}
const imageTokens = (rows * columns) / config.vision.mergeSize ** 2;
const ids = [...new Array<number>(imageTokens).fill(config.tokens.image), ...someIds(prompt - imageTokens, config.text.vocabSize)];
const opened = await PromptGroup.open(model.language, { ids, images }, group);
const all = Array.from({ length: group }, (_, row) => row);
await generate(opened, all, { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: completion, seed: 1, stopIds: [] }, ids);
console.log(JSON.stringify({ peakBytes: process.resourceUsage().maxRSS * 1024 }));
process.exit(0);
