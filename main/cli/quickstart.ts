import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { homeFolder } from '../home.ts';
import { openConversationEncoder } from '../model/conversation.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { type RandomModelSizes, writeRandomModel } from '../model/folder/random-model.ts';
import { writeSamplePicture } from '../model/image/sample-picture.ts';
import { WorkerClient } from '../worker/client.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';
import type { Terminal } from './terminal.ts';

// Large enough to have every part of the real one (windowed and whole-image attention, grouped heads), made in a second.
const sizes: RandomModelSizes = {
  hiddenSize: 256, layers: 4, heads: 8, kvHeads: 2, intermediateSize: 704, mropeSection: [4, 6, 6], tiedHead: true,
  vision: { depth: 4, hiddenSize: 160, heads: 4, intermediateSize: 420, windowSize: 112, fullAttentionBlocks: [1, 3] },
};
const seed = 1;
const newTokens = 32;

export const quickstart: CommandSetup = (run) =>
  new Command('quickstart')
    .description('the main job on built-in data: make a small model with random weights, look at a picture with it, write text in a group')
    .addOption(jsonOption())
    .addHelpText('after', examples('quickstart'))
    .action((options: { json: boolean }) =>
      run(async ({ terminal, signal }) => {
        const start = performance.now();
        const folder = path.join(homeFolder(), 'quickstart');
        const model = path.join(folder, 'random-model');
        const picture = path.join(folder, 'picture.png');
        await prepare(folder, model, picture, terminal);
        const encoder = openConversationEncoder(model);
        const prompt = await encoder.encode([{ role: 'user', content: [{ type: 'image', image: picture }, { type: 'text', text: 'What does the sign say?' }] }]);
        const worker = new WorkerClient();
        try {
          await worker.call('load', { folder: model, options: {} });
          terminal.log('2. The prompt, image included, runs through the model once');
          const opened = await worker.call('openGroup', { prompt: { ids: prompt.ids, images: prompt.images.map(({ grid, pixels }) => ({ grid, pixels })) }, rows: 4 }, { signal });
          terminal.log(`   ${opened.promptTokens} tokens, ${prompt.images[0]?.tokens ?? 0} of them the picture's, in ${opened.seconds.toFixed(2)} s`);
          terminal.log('3. Four completions are written together (temperature 1, seed 1)');
          const settings = { temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens: newTokens, seed, stopIds: readModelConfig(model).tokens.eos };
          const { completions, seconds } = await worker.call('generate', { group: opened.group, rows: [0, 1, 2, 3], settings }, { signal });
          const texts = completions.map(({ ids }) => encoder.tokenizer.decode(ids, { skipSpecial: true }));
          for (const text of texts) terminal.log(`   ${JSON.stringify(text)}`);
          const tokens = completions.reduce((sum, { ids }) => sum + ids.length, 0);
          const result = { model, picture, promptTokens: opened.promptTokens, completions: texts, tokensPerSecond: tokens / seconds, seconds: (performance.now() - start) / 1000 };
          terminal.result(result, summary(result));
        } finally {
          await worker.close();
        }
      }, options.json),
    );

async function prepare(folder: string, model: string, picture: string, terminal: Terminal): Promise<void> {
  terminal.log('1. A Qwen2.5-VL with random weights and a picture');
  mkdirSync(folder, { recursive: true });
  // The index is written last: with it the folder is complete.
  if (!existsSync(path.join(model, 'model.safetensors'))) writeRandomModel(model, sizes, seed);
  await writeSamplePicture(picture);
  terminal.log(`   ${model}\n   ${picture}`);
}

function summary({ model, picture, tokensPerSecond, seconds }: { model: string; picture: string; tokensPerSecond: number; seconds: number }): string {
  return `Done in ${seconds.toFixed(1)} s, ${tokensPerSecond.toFixed(0)} tokens/s. The weights are random, so the text is noise: this shows that the machine
can look at a picture and write. With a released model folder it writes sense:

  npm run -s arft -- generate --model <folder> --image ${picture} --prompt "What does the sign say?"
  npm run -s arft -- inspect-model ${model}
  npm run -s arft -- doctor`;
}
