import { readFileSync } from 'node:fs';
import path from 'node:path';
import { generate } from '../../../main/generation/generate.ts';
import { PromptGroup } from '../../../main/generation/prompt-group.ts';
import { greedy } from '../../../main/generation/sampler.ts';
import { openSafetensors } from '../../../main/model/folder/safetensors.ts';
import { type LoadOptions, loadModel } from '../../../main/model/load.ts';
import { goldenFolder } from '../../golden/folder.ts';

// A process of its own, because the software driver is found through the environment it starts with. Prints the logits
// of a prompt with an image and what is written behind it. argv: load options as JSON.

const folder = goldenFolder();
const model = await loadModel(path.join(folder, 'model'), JSON.parse(process.argv[2] ?? '{}') as LoadOptions);
const [, conversation] = JSON.parse(readFileSync(path.join(folder, 'forward.json'), 'utf8')) as { input_ids: number[]; images: number[] }[];
if (!conversation) throw new Error('the reference has no conversation with an image');
const grids = JSON.parse(readFileSync(path.join(folder, 'images.json'), 'utf8')) as { grid_thw: [number, number, number] }[];
const pixels = openSafetensors(path.join(folder, 'images.safetensors'));
const [image] = conversation.images as [number];
const grid = grids[image]?.grid_thw as [number, number, number];
const features = await (await model.vision()).encode({ grid, pixels: pixels.readFloat32(`${image}.pixel_values`) });
const group = await PromptGroup.open(model.language, { ids: conversation.input_ids, images: [{ grid, features }] }, 2);
const completions = await generate(group, [0, 1], { ...greedy, maxNewTokens: 6, seed: 0, stopIds: [] }, conversation.input_ids);
const scores = await group.append(1, { ids: [...(completions[1]?.ids.slice(-1) ?? []), 5, 6, 7], images: [] }, true);
const told = JSON.stringify({ provider: model.runtime.settings.provider, notes: model.notes, completions, features: [...features], logits: scores.map(({ logits }) => [...logits]) });
// More than a pipe holds would be cut off by an end at once.
process.stdout.write(told, () => process.exit(0));
