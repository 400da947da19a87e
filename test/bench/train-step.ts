import type { ModelConfig } from '../../main/model/folder/config.ts';
import { loadModel } from '../../main/model/load.ts';
import type { TrainingBatch } from '../../main/model/training/batch.ts';
import { loraDefaults, newAdapter } from '../../main/model/training/lora.ts';
import { TrainingModel } from '../../main/model/training/training-model.ts';
import { policyLoss } from '../../main/train/losses/policy-loss.ts';
import { type Benchmark, median, wholeNumber } from './benchmark.ts';
import { gemmPeak } from './gemm.ts';
import { benchModel, someIds } from './models.ts';

/**
 * Floating-point operations of one forward pass over a group with its prompt once: weights, adapters, attention with its
 * causal half counted once, the head for the completions' tokens.
 */
function groupFlop({ text }: ModelConfig, prompt: number, group: number, completion: number, rank: number): number {
  const { hiddenSize, heads, kvHeads, headDim, intermediateSize, layers, vocabSize } = text;
  const tokens = prompt + group * completion;
  const widths = [[hiddenSize, heads * headDim], [hiddenSize, kvHeads * headDim], [hiddenSize, kvHeads * headDim], [heads * headDim, hiddenSize], [hiddenSize, intermediateSize], [hiddenSize, intermediateSize], [intermediateSize, hiddenSize]] as const;
  const weights = widths.reduce((sum, [a, b]) => sum + a * b + rank * (a + b), 0);
  const pairs = prompt ** 2 / 2 + group * (completion * prompt + completion ** 2 / 2);
  return layers * (2 * tokens * weights + 4 * pairs * heads * headDim) + 2 * group * completion * hiddenSize * vocabSize;
}

export const trainStep: Benchmark = {
  name: 'train-step',
  summary: 'loss forward and backward, and the reference pass, of one group (34 M model, P 1000, G 8, R 200) against the GEMM peak of the same run',
  options: {
    model: { type: 'string' }, prompt: { type: 'string', default: '1000' }, image: { type: 'string', default: '448' }, group: { type: 'string', default: '8' },
    completion: { type: 'string', default: '200' }, rank: { type: 'string', default: '16' }, layers: { type: 'string', default: '1' }, runs: { type: 'string', default: '3' }, keep: { type: 'string', default: '512' },
  },
  run: async (options, { figure }) => {
    const [prompt, group, completion, rank, runs] = ['prompt', 'group', 'completion', 'rank', 'runs'].map((name) => wholeNumber(options[name], name)) as [number, number, number, number, number];
    const side = wholeNumber(options['image'], 'image') / 14;
    const model = await loadModel(typeof options['model'] === 'string' ? options['model'] : benchModel('small'));
    const { config } = model;
    const training = TrainingModel.lora(model, newAdapter({ ...loraDefaults, rank }, config, 1), { layersPerRun: wholeNumber(options['layers'], 'layers'), activationBytes: Number(options['keep']) * 1024 ** 2 });
    const imageTokens = side ** 2 / config.vision.mergeSize ** 2;
    const image = { grid: [1, side, side] as const, pixels: new Float32Array(side * side * 3 * 2 * 14 * 14).map((_, i) => ((i * 31) % 200) / 100 - 1) };
    const batch: TrainingBatch = {
      prompt: { ids: [...new Array<number>(imageTokens).fill(config.tokens.image), ...someIds(prompt - imageTokens, config.text.vocabSize)], images: [image] },
      rows: Array.from({ length: group }, (_, row) => ({ ids: someIds(completion + row, config.text.vocabSize).slice(row), mask: new Array<number>(completion).fill(1), images: [] })),
    };
    const offsets = Array.from({ length: group + 1 }, (_, row) => row * completion);
    const mask = new Uint8Array(group * completion).fill(1);
    const seconds: Record<'reference' | 'forward' | 'backward', number[]> = { reference: [], forward: [], backward: [] };
    const timed = async <T>(name: keyof typeof seconds, task: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      const result = await task();
      seconds[name].push((performance.now() - start) / 1000);
      return result;
    };
    const peaks: number[] = [];
    for (let run = -1; run < runs; run++) {
      if (run === 0) for (const times of Object.values(seconds)) times.length = 0;
      peaks.push(await gemmPeak()); // in between, so that other work on the machine slows both
      const reference = await timed('reference', () => training.forward(batch, { adapter: false }));
      const pass = await timed('forward', () => training.forward(batch, { keep: true }));
      const { gradients } = policyLoss(
        { offsets, mask, logprobs: pass.logprobs, entropies: pass.entropies, advantages: offsets.slice(1).map((_, i) => (i % 2 ? 1 : -1)), referenceLogprobs: reference.logprobs },
        { loss: 'grpo', epsilonLow: 0.2, epsilonHigh: 0.2, beta: 0.04, unbiasedKl: true, entropyCoefficient: 0, maxCompletionLength: completion, sapoTemperature: { positive: 1, negative: 1.05 } },
      );
      await timed('backward', () => training.backward(pass, gradients));
    }
    const [reference, forward, backward] = [median(seconds.reference), median(seconds.forward), median(seconds.backward)];
    const peak = median(peaks);
    const once = groupFlop(config, prompt, group, completion, rank) / 1e9;
    const share = (multiple: number, time: number): number => (100 * multiple * once) / time / peak;
    figure('GEMM peak', peak, 'GFLOP/s');
    figure('one forward pass', once, 'GFLOP');
    figure('reference', reference, 's');
    figure('loss forward', forward, 's');
    figure('loss backward', backward, 's');
    figure('loss', forward + backward, 's');
    figure('reference, of the GEMM peak', share(1, reference), '%');
    figure('loss (forward and backward count once each)', share(2, forward + backward), '%');
    figure('loss and reference, of the GEMM peak', share(3, forward + backward + reference), '%');
    figure('peak memory', process.resourceUsage().maxRSS / 1024 ** 2, 'GiB');
    await model.release();
  },
};
