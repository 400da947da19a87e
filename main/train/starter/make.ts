import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { openPromptSet } from '../../agent/prompts.ts';
import { makeFolders } from '../../home.ts';
import { readModelConfig } from '../../model/folder/config.ts';
import { expectedTensors } from '../../model/folder/expected-tensors.ts';
import { withFile } from '../../model/folder/file-errors.ts';
import { type RandomModelSizes, writeRandomModel } from '../../model/folder/random-model.ts';
import { openSafetensors } from '../../model/folder/safetensors.ts';
import { writeSafetensors } from '../../model/folder/safetensors-writer.ts';
import { openImageProcessor } from '../../model/image/processor.ts';
import { openChatTemplate } from '../../model/text/chat.ts';
import { learnMerges } from '../../model/text/learn-merges.ts';
import { openTokenizer } from '../../model/text/tokenizer.ts';
import { WorkerClient } from '../../worker/client.ts';
import { learningRateAt } from '../schedule.ts';
import { superviseBatches } from '../supervise.ts';
import { type Lessons, encodeLesson, lesson } from './examples.ts';

/** A Qwen2.5-VL of 1.4 million weights: what learns to read and to use tools within minutes on two cores. */
const sizes: RandomModelSizes = {
  hiddenSize: 128, layers: 4, heads: 4, kvHeads: 2, intermediateSize: 384, mropeSection: [4, 6, 6], tiedHead: true, maxPositions: 1024, ropeTheta: 10_000,
  vision: { depth: 2, hiddenSize: 96, heads: 3, intermediateSize: 256, windowSize: 112, fullAttentionBlocks: [1] },
};

const tags = ['think', 'search', 'code', 'problem', 'answer'].flatMap((name) => [`<${name}>`, `</${name}>`]);

export type StarterSettings = {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly lessons: Lessons;
};

/** The weak teacher answers at once more often than it takes the right tool: what is left to learn by reward. */
export const starterDefaults: StarterSettings = {
  seed: 0, steps: 750, batch: 64, learningRate: 1e-3,
  lessons: { mix: { right: 0.3, direct: 0.45 }, readingSteps: 200, readingShare: 0.15, searchShare: 0.35 },
};

export type StarterHooks = { readonly onStep?: (step: number, loss: number) => void; readonly signal?: AbortSignal };

/**
 * Makes the starter model from nothing: a random model with a vocabulary learned from the task's own words, warm-started
 * by supervised learning from a weak teacher, all weights, pictures included. Written as a Hugging Face folder in float16.
 * @throws InputError when the folder cannot be written.
 */
export async function makeStarter(folder: string, settings: StarterSettings, { onStep, signal }: StarterHooks = {}): Promise<void> {
  const whole = path.resolve(folder);
  // A name that nobody has: what lies beside the folder is the user's.
  const work = withFile(folder, 'a folder that can be written', () => {
    makeFolders(whole);
    return mkdtempSync(`${whole}.`);
  });
  const [random, trained] = [path.join(work, 'random'), path.join(work, 'trained')];
  const worker = new WorkerClient();
  try {
    writeRandomModel(random, sizes, settings.seed, { layout: 'flat', shards: 1 }, { merges: learnMerges(lessonTexts(settings), 160), words: tags });
    await worker.call('load', { folder: random, options: {} });
    await worker.call('trainOpen', { parameters: { kind: 'full', vision: true }, optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 } });
    const config = readModelConfig(random);
    const parts = { tokenizer: openTokenizer(random), template: openChatTemplate(random), processor: openImageProcessor(random, config.vision), imageToken: config.tokens.image, endToken: config.tokens.eos[0] as number, prompts: openPromptSet('mini') };
    for (let step = 0; step < settings.steps; step++) {
      signal?.throwIfAborted();
      const batches = await Promise.all(Array.from({ length: settings.batch }, (_, place) => {
        const { item, turns } = lesson(settings.seed, step, place, settings.lessons);
        return encodeLesson(parts, item, turns);
      }));
      const learningRate = learningRateAt({ name: 'cosine', learningRate: settings.learningRate, warmupSteps: 20, steps: settings.steps }, step);
      onStep?.(step, (await superviseBatches(worker, batches, { imageToken: config.tokens.image, learningRate, maxGradNorm: 1 })).loss);
    }
    await worker.call('trainSave', { folder: trained });
    await worker.close();
    assemble(folder, random, path.join(trained, 'weights.safetensors'));
  } finally {
    await worker.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** Texts of the task, to learn a vocabulary from. */
function* lessonTexts({ seed, lessons }: StarterSettings): Generator<string> {
  for (let place = 0; place < 400; place++) {
    const { item, turns } = lesson(seed, lessons.readingSteps, place, lessons);
    yield item.sample.question;
    for (const { completion, information } of turns) {
      for (const text of completion.split(/<[^>]+>/)) yield text;
      if (information !== undefined) yield information;
    }
    yield 'user\nassistant\n';
  }
  yield* Array.from({ length: 20 }, () => 'system');
}

/** The trained weights in the folder's own form. */
function assemble(folder: string, random: string, weights: string): void {
  for (const name of ['config.json', 'generation_config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json']) copyFileSync(path.join(random, name), path.join(folder, name));
  const trained = openSafetensors(weights);
  const tensors = [...expectedTensors(readModelConfig(random))].map(([name, shape]) => ({ name, dtype: 'F16' as const, shape, values: () => [trained.readFloat32(name)] }));
  writeSafetensors(path.join(folder, 'model.safetensors'), tensors, { format: 'pt' });
  trained.close();
}
