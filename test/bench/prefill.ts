import { PromptGroup } from '../../main/generation/prompt-group.ts';
import type { ModelConfig } from '../../main/model/folder/config.ts';
import { loadModel } from '../../main/model/load.ts';
import { type Benchmark, median, secondsOf, wholeNumber } from './benchmark.ts';
import { gemmPeak } from './gemm.ts';
import { benchModel, someIds } from './models.ts';

/** Floating-point operations of the products of a prefill: weights, causal attention counted once, the head for one token. */
function textFlop({ text }: ModelConfig, tokens: number): number {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, layers, vocabSize } = text;
  const weights = 2 * hiddenSize * heads * headDim + 2 * hiddenSize * kvHeads * headDim + 3 * hiddenSize * intermediateSize;
  return layers * (2 * tokens * weights + 2 * tokens ** 2 * heads * headDim) + 2 * hiddenSize * vocabSize;
}

function visionFlop({ vision }: ModelConfig, patches: number): number {
  const { hiddenSize, intermediateSize, depth, fullAttentionBlocks, outHiddenSize, mergeSize, windowSize, patchSize } = vision;
  const unit = mergeSize ** 2;
  const weights = 4 * hiddenSize ** 2 + 3 * hiddenSize * intermediateSize;
  const window = Math.min(patches, (windowSize / patchSize) ** 2);
  const full = fullAttentionBlocks.length;
  const attention = 4 * patches * hiddenSize * (full * patches + (depth - full) * window);
  const merger = 2 * (patches / unit) * unit * hiddenSize * (unit * hiddenSize + outHiddenSize);
  return depth * 2 * patches * weights + attention + merger + 2 * patches * hiddenSize * 3 * 2 * patchSize ** 2;
}

export const prefill: Benchmark = {
  name: 'prefill',
  summary: 'float32 prefill of the 34 M model (P 1000, an image of 256 tokens among them) against the GEMM peak of the same run',
  options: { model: { type: 'string' }, prompt: { type: 'string', default: '1000' }, image: { type: 'string', default: '448' }, runs: { type: 'string', default: '7' } },
  run: async (options, { figure }) => {
    const tokens = wholeNumber(options['prompt'], 'prompt');
    const side = wholeNumber(options['image'], 'image') / 14;
    const runs = wholeNumber(options['runs'], 'runs');
    const model = await loadModel(typeof options['model'] === 'string' ? options['model'] : benchModel('small'));
    const { config } = model;
    const grid = [1, side, side] as const;
    const pixels = new Float32Array(side * side * 3 * 2 * 14 * 14).map((_, i) => ((i * 31) % 200) / 100 - 1);
    const vision = await model.vision();
    const imageTokens = side ** 2 / config.vision.mergeSize ** 2;
    const ids = [...new Array<number>(imageTokens).fill(config.tokens.image), ...someIds(tokens - imageTokens, config.text.vocabSize)];
    const peaks: number[] = [];
    const images: number[] = [];
    const texts: number[] = [];
    for (let round = 0; round < 3; round++) {
      peaks.push(await gemmPeak());
      images.push(median(await secondsOf(runs, 1, async () => {
        vision.forget(); // a second time it would be known
        await vision.encode({ grid, pixels });
      })));
      const features = await vision.encode({ grid, pixels });
      texts.push(median(await secondsOf(runs, 1, () => PromptGroup.open(model.language, { ids, images: [{ grid, features }] }, 1))));
    }
    const [peak, image, text] = [median(peaks), median(images), median(texts)];
    figure('GEMM peak', peak, 'GFLOP/s');
    figure('image', image * 1000, 'ms');
    figure('image, of the GEMM peak', (100 * visionFlop(config, side ** 2)) / image / 1e9 / peak, '%');
    figure(`prompt of ${tokens}`, text * 1000, 'ms');
    figure('prompt', tokens / text, 'tokens/s');
    figure('prompt, of the GEMM peak', (100 * textFlop(config, tokens)) / text / 1e9 / peak, '%');
    figure('image and prompt, of the GEMM peak', (100 * (textFlop(config, tokens) + visionFlop(config, side ** 2))) / (image + text) / 1e9 / peak, '%');
    await model.release();
  },
};
