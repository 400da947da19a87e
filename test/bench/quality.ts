import { PromptGroup } from '../../main/generation/prompt-group.ts';
import { homeFolder } from '../../main/home.ts';
import { type LoadOptions, loadModel } from '../../main/model/load.ts';
import { parseScheme } from '../../main/model/quantize/scheme.ts';
import type { Benchmark } from './benchmark.ts';
import { benchModel, someIds } from './models.ts';

const tokens = 64;

async function logitsOf(folder: string, options: LoadOptions): Promise<Float32Array> {
  const model = await loadModel(folder, options);
  const ids = someIds(tokens + 1, model.config.text.vocabSize);
  const group = await PromptGroup.open(model.language, { ids: ids.slice(0, 1), images: [] }, 1);
  const scores = await group.append(0, { ids: ids.slice(1), images: [] }, true);
  await model.release();
  return Float32Array.from(scores.flatMap(({ logits }) => [...logits]));
}

/** Root mean square of the difference, over the spread of the reference. */
function relativeError(found: Float32Array, reference: Float32Array): number {
  const mean = reference.reduce((sum, x) => sum + x, 0) / reference.length;
  let error = 0;
  let spread = 0;
  for (const [i, x] of reference.entries()) {
    error += ((found[i] as number) - x) ** 2;
    spread += (x - mean) ** 2;
  }
  return Math.sqrt(error / spread);
}

export const quality: Benchmark = {
  name: 'quality',
  summary: 'what each quantisation scheme costs: error of the logits against the bfloat16 weights (six layers of the 3B shape)',
  options: { model: { type: 'string' }, schemes: { type: 'string', default: 'int4,int4-block64,int4-block128,int4-asymmetric,int4-block128-asymmetric,int8' } },
  run: async (options, { figure }) => {
    const folder = typeof options['model'] === 'string' ? options['model'] : benchModel('six-layers-of-3b');
    const reference = await logitsOf(folder, {});
    for (const scheme of String(options['schemes']).split(',')) {
      const quantized = { quantize: parseScheme(scheme), dataFolder: homeFolder() };
      const exact = await logitsOf(folder, { ...quantized, exactProducts: true });
      const fast = await logitsOf(folder, quantized);
      figure(`${scheme}: error of the logits, exact products`, 100 * relativeError(exact, reference), '% of their spread');
      figure(`${scheme}: error of the logits, int8 activations`, 100 * relativeError(fast, reference), '% of their spread');
      figure(`${scheme}: what int8 activations add`, 100 * relativeError(fast, exact), '% of their spread');
    }
  },
};
