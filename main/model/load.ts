import os from 'node:os';
import type { Provider } from '../runtime/provider.ts';
import { providerTraits } from '../runtime/provider.ts';
import { Runtime } from '../runtime/session.ts';
import { type ModelConfig, readModelConfig } from './folder/config.ts';
import { openWeights } from './folder/weights.ts';
import type { MatrixForm, ParameterOptions } from './graphs/parameters.ts';
import { LanguageModel } from './language-model.ts';
import { TensorStore } from './tensor-store.ts';
import { VisionModel } from './vision-model.ts';

export type LoadOptions = {
  readonly provider?: Provider;
  readonly threads?: number;
  /** Makes room for LoRA adapters, which can then be exchanged without compiling anything. */
  readonly adapters?: boolean;
  /** Layers in one run; 1 brings one layer at a time to the device. All of them by default. */
  readonly layersPerRun?: number;
};

/** A model folder, ready to run. */
export type LoadedModel = {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly runtime: Runtime;
  readonly language: LanguageModel;
  /** Loaded when the first image needs it. */
  vision(): Promise<VisionModel>;
  release(): Promise<void>;
};

/** Opens a Hugging Face folder and compiles its graphs for a provider. @throws InputError for a folder that cannot be used. */
export async function loadModel(folder: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const config = readModelConfig(folder);
  const weights = openWeights(folder, config);
  const runtime = new Runtime({ provider: options.provider ?? 'cpu', threads: options.threads ?? os.availableParallelism() });
  const form: MatrixForm = { kind: 'float', type: 'float32' };
  const { deviceTensors: onDevice, streamingAttention } = providerTraits[runtime.settings.provider];
  const store = new TensorStore({ config, weights, runtime, form, quantized: undefined, onDevice });
  const parameters: ParameterOptions = { form, placement: { kind: 'inputs' }, lora: options.adapters ?? false };
  const language = new LanguageModel(config, weights, runtime, store, { parameters, layersPerRun: options.layersPerRun ?? config.text.layers });
  let vision: Promise<VisionModel> | undefined;
  return {
    folder,
    config,
    runtime,
    language,
    vision: () => (vision ??= VisionModel.load(config.vision, runtime, store, { ...parameters, lora: false, streamingAttention })),
    release: async () => {
      store.release();
      await runtime.release();
      weights.close();
    },
  };
}
