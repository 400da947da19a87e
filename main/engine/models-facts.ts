import path from 'node:path';
import { adapterWeightsFile, isAdapter, readAdapterFields } from '../model/folder/adapter-config.ts';
import type { ModelReport } from '../model/folder/inspect.ts';
import { openSafetensors } from '../model/folder/safetensors.ts';
import { holdsTrainedWeights, trainedWeightsFile } from '../model/folder/trained-weights.ts';
import type { EngineContext } from './context.ts';
import { isModel, knownAdapters, labelOf, modelFolders, nameOf, preferredModel, promptsOf } from './known-models.ts';
import { filesOf, templateOf, timeOf } from './model-folders.ts';

// What the page of one model or adapter shows, from its files and from what is known of it.

type Place = Pick<EngineContext, 'home' | 'store'>;

/** @param report what an examination of the folder found. */
export function modelFacts(context: Place, folder: string, { config, storedAs, parameters, files, has, surplusTensors, lacks }: ModelReport) {
  const place = modelFolders(context).find((each) => each.folder === folder);
  return {
    folder, name: labelOf(folder), origin: place?.origin ?? null, preferred: preferredModel(context) === folder, prompts: promptsOf(folder),
    dtype: storedAs ?? null, text: config ? picked(config.text, textFacts) : null, vision: config ? picked(config.vision, visionFacts) : null, parameters: parameters ? { total: parameters.total, text: parameters.text, vision: parameters.vision } : null,
    files, has, surplusTensors: surplusTensors.length, missing: lacks, chatTemplate: has.chatTemplate ? templateOf(folder) : null,
  };
}

const textFacts = ['layers', 'hiddenSize', 'heads', 'kvHeads', 'headDim', 'intermediateSize', 'vocabSize', 'maxPositions', 'tiedHead'] as const;
const visionFacts = ['depth', 'hiddenSize', 'heads', 'intermediateSize', 'patchSize', 'mergeSize', 'windowSize', 'fullAttentionBlocks'] as const;

const picked = <T, K extends keyof T>(value: T, keys: readonly K[]): Pick<T, K> => Object.fromEntries(keys.map((key) => [key, value[key]])) as Pick<T, K>;

/** @throws InputError for a folder that holds neither an adapter nor trained weights, or damaged ones. */
export function adapterFacts(context: Place, folder: string) {
  const full = !isAdapter(folder) && holdsTrainedWeights(folder);
  const fields = full ? undefined : readAdapterFields(folder);
  const shapes = shapesIn(path.join(folder, full ? trainedWeightsFile : adapterWeightsFile));
  const known = knownAdapters(context);
  const { run, base, name } = known.find((each) => each.folder === folder) ?? { run: null, base: null, name: nameOf(folder) };
  return {
    kind: full ? 'full' as const : 'lora' as const, folder, name, run, base, baseName: base === null ? null : labelOf(base), baseThere: base !== null && isModel(base), namedBase: fields?.base_model_name_or_path ?? null,
    // Two matrices, A and B, of each module.
    lora: fields ? { rank: fields.r, alpha: fields.lora_alpha, dropout: fields.lora_dropout, rslora: fields.use_rslora, targets: [fields.target_modules].flat(), modules: shapes.length / 2 } : null,
    parameters: shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0),
    files: filesOf(folder), at: timeOf(folder),
    siblings: run === null ? [] : known.flatMap((each) => (each.run?.name === run.name && each.folder !== folder ? [{ folder: each.folder, step: each.run.step }] : [])),
  };
}

function shapesIn(weights: string): readonly (readonly number[])[] {
  const file = openSafetensors(weights);
  try {
    return [...file.tensors.values()].map(({ shape }) => shape);
  } finally {
    file.close();
  }
}
