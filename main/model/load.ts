import os from 'node:os';
import path from 'node:path';
import { type Provider, providerTraits } from '../runtime/provider.ts';
import { Runtime } from '../runtime/session.ts';
import type { Adapter } from './folder/adapter.ts';
import { type ModelConfig, readModelConfig } from './folder/config.ts';
import { withTrainedWeights } from './folder/trained-weights.ts';
import { type Weights, openWeights } from './folder/weights.ts';
import type { ExternalSlice, MatrixForm, ParameterOptions, Placement } from './graphs/parameters.ts';
import { LanguageModel } from './language-model.ts';
import { fitsSession, packedBytes } from './packing.ts';
import { type QuantizedMatrices, quantizedMatrices, quantizedRoot } from './quantize/cache.ts';
import { modelIdentity, textMatrices, textVectors } from './quantize/model-matrices.ts';
import type { QuantizationScheme } from './quantize/scheme.ts';
import { TensorStore } from './tensor-store.ts';
import { type TowerAdapter, towerAdapter } from './tower-adapter.ts';
import { VisionModel } from './vision-model.ts';

export type LoadOptions = {
  readonly provider?: Provider;
  readonly threads?: number;
  /** Makes room for LoRA adapters, which can then be exchanged without compiling anything. */
  readonly adapters?: boolean;
  /** Checkpoint of a run that trained all weights: its weights take the place of the folder's. */
  readonly trained?: string;
  /** The decoder's matrices in blocks of few bits; floats where left out. */
  readonly quantize?: QuantizationScheme;
  /** Products with quantised matrices in float32 (exact, slower on a CPU) instead of with activations rounded to int8. */
  readonly exactProducts?: boolean;
  /** Matrices that are not quantised, where they stay on a device; float32 where left out. */
  readonly precision?: 'float32' | 'float16';
  /** Many completions will be written, and the weights stay as they are: decoding may take a copy of them, where that is worth it (packing.ts). */
  readonly packed?: boolean;
  /** Layers stay in memory and are brought to the device one run at a time, `layersPerRun` each: for models larger than the device. */
  readonly layersPerRun?: number;
  /** Folder for quantised copies; needed with `quantize`. */
  readonly dataFolder?: string;
};

/** A model folder, ready to run. */
export type LoadedModel = {
  readonly folder: string;
  readonly config: ModelConfig;
  readonly runtime: Runtime;
  readonly language: LanguageModel;
  /** The weights. */
  readonly store: TensorStore;
  /** What happened on the way that the user may want to know. */
  readonly notes: readonly string[];
  /** Loaded when the first image needs it. */
  vision(): Promise<VisionModel>;
  /**
   * Puts an adapter in place of the one before, on the vision tower too; undefined or a scale of 0 is the base model.
   * @throws Error when the model was loaded without room for adapters.
   */
  setAdapter(adapter: Adapter | undefined, scale?: number): Promise<void>;
  /** To be called when weights have changed in place: forgets what was computed from the vision tower's. */
  weightsChanged(): Promise<void>;
  release(): Promise<void>;
};

export type LoadProgress = (stage: string, done: number, total: number) => void;

/**
 * Opens a Hugging Face folder and compiles its graphs for a provider.
 * @param signal Ends the making of a quantised copy, which then leaves nothing behind.
 * @throws InputError for a folder that cannot be used; the signal's reason when it is aborted.
 */
export async function loadModel(folder: string, options: LoadOptions = {}, onProgress: LoadProgress = () => {}, signal?: AbortSignal): Promise<LoadedModel> {
  const config = readModelConfig(folder);
  const weights = options.trained === undefined ? openWeights(folder, config) : openTrained(folder, config, options.trained);
  const notes: string[] = layersLeftOut(config, weights.surplus);
  const runtime = await openRuntime(config, options, notes);
  const traits = providerTraits[runtime.settings.provider];
  try {
    const quantized = options.quantize && (await quantize(folder, config, weights, options.quantize, options, { notes, onProgress, signal }));
    const streaming = options.layersPerRun !== undefined;
    const half = options.precision === 'float16' && (await halfPrecision(runtime, streaming, notes));
    const floatType = half ? 'float16' : 'float32';
    const float: MatrixForm = { kind: 'float', type: floatType };
    const form: MatrixForm = options.quantize ? { kind: 'quantized', scheme: options.quantize, accuracy: options.exactProducts ? 1 : 4 } : float;
    const placement = placementOf(traits.weights.quantized, quantized);
    const store = new TensorStore({ config, weights, runtime, floatType, quantized, scheme: options.quantize, onDevice: traits.deviceTensors && !streaming, blocks: traits.weights.quantized === 'inputs' });
    const parameters: ParameterOptions = { form, placement, lora: options.adapters ?? false };
    const language = new LanguageModel(config, runtime, store, {
      parameters,
      layersPerRun: options.layersPerRun ?? config.text.layers,
      packed: !options.quantize && !streaming && stepsOwnWeights(config, runtime.settings.provider, options, notes),
      ...(placement.kind === 'initializers' && quantized && { weightsFolder: quantized.folder }),
    });
    let vision: Promise<VisionModel> | undefined;
    const visionOptions = { form: float, placement: { kind: 'inputs' }, lora: false, streamingAttention: traits.streamingAttention } as const;
    let ofTower: TowerAdapter | undefined;
    const loadVision = async (): Promise<VisionModel> => {
      const loaded = await VisionModel.load(config.vision, runtime, store, visionOptions);
      loaded.setAdapter(ofTower);
      return loaded;
    };
    return {
      folder,
      config,
      runtime,
      language,
      store,
      notes,
      vision: () => (vision ??= loadVision()),
      setAdapter: async (adapter, scale = 1) => {
        language.setAdapter(adapter, scale);
        ofTower = towerAdapter(adapter, scale);
        (await vision)?.setAdapter(ofTower);
      },
      weightsChanged: async () => (await vision)?.forget(),
      release: async () => {
        await language.release();
        store.release();
        await runtime.release();
        weights.close();
      },
    };
  } catch (error) {
    await runtime.release();
    weights.close();
    throw error;
  }
}

/** A model of fewer layers than its weights writes nonsense, and nothing fails. */
function layersLeftOut({ text, vision }: ModelConfig, surplus: readonly string[]): string[] {
  const beyond = (name: string): boolean => {
    const { block, layer } = /(?:^|\.)(?:visual\.blocks\.(?<block>\d+)|layers\.(?<layer>\d+))\./.exec(name)?.groups ?? {};
    return Number(block ?? -1) >= vision.depth || Number(layer ?? -1) >= text.layers;
  };
  const names = surplus.filter(beyond);
  return names.length === 0 ? [] : [`${names.length} tensors of the weights lie in layers that config.json does not have, ${names[0]} first; they are left out`];
}

function openTrained(folder: string, config: ModelConfig, checkpoint: string): Weights {
  const base = openWeights(folder, config);
  try {
    return withTrainedWeights(base, config, checkpoint);
  } catch (error) {
    base.close();
    throw error;
  }
}

/**
 * The widest model whose operators are so short that threads which wait for the next one awake stand in the way: each program has
 * threads of its own, and tools want cores, too.
 */
const narrow = 256;

/** The provider that was asked for, or the CPU with a note that says why. */
async function openRuntime({ text: { hiddenSize } }: ModelConfig, options: LoadOptions, notes: string[]): Promise<Runtime> {
  const threads = options.threads ?? os.availableParallelism();
  const provider = options.provider ?? 'cpu';
  const spinning = hiddenSize <= narrow && { spinning: false as const };
  const runtime = new Runtime({ provider, threads, ...spinning });
  const reason = provider === 'cpu' ? undefined : await runtime.tryOut();
  if (reason === undefined) return runtime;
  notes.push(`${provider} does not work here (${reason}); the CPU does the work. \`arft doctor\` says what to do.`);
  return new Runtime({ provider: 'cpu', threads, ...spinning });
}

/**
 * Whether steps of one token have sessions with float weights of their own: on a CPU where that is worth a copy of them, on a device
 * where they would else be brought there with each token. A note says so where they are too large for it.
 */
function stepsOwnWeights(config: ModelConfig, provider: Provider, { packed }: LoadOptions, notes: string[]): boolean {
  if (providerTraits[provider].weights.float === 'inputs') return provider === 'cpu' && packed === true && packedBytes(config) > 0;
  const fits = fitsSession(config);
  if (!fits) notes.push(`${provider} is given float weights of this size with every token: as int4 or int8 they stay on the device`);
  return fits;
}

/** Whether matrices can be held in half precision; where not, a note says why. */
async function halfPrecision(runtime: Runtime, streaming: boolean, notes: string[]): Promise<boolean> {
  const { deviceTensors } = providerTraits[runtime.settings.provider];
  const reason = deviceTensors && !streaming ? await runtime.tryOut('float16') : 'it needs weights that stay on a GPU: WebGPU or CUDA, without --layers-per-run';
  if (reason !== undefined) notes.push(`no half precision (${reason}); float32 is used`);
  return reason === undefined;
}

function quantize(folder: string, config: ModelConfig, weights: Weights, scheme: QuantizationScheme, { dataFolder }: LoadOptions, { notes, onProgress, signal }: { notes: string[]; onProgress: LoadProgress; signal: AbortSignal | undefined }): Promise<QuantizedMatrices> {
  if (dataFolder === undefined) throw new Error('quantised weights need a data folder');
  return quantizedMatrices({
    root: quantizedRoot(dataFolder),
    model: path.resolve(folder),
    scheme,
    matrices: textMatrices(config, weights.readRows),
    vectors: textVectors(config, (name) => weights.readFloat32(name)),
    identity: modelIdentity(folder, weights),
    onProgress: (done, total) => onProgress('quantising', done, total),
    onNote: (note) => notes.push(note),
    ...(signal && { signal }),
  });
}

function placementOf(quantizedTrait: 'inputs' | 'initializers', quantized: QuantizedMatrices | undefined): Placement {
  if (!quantized || quantizedTrait === 'inputs') return { kind: 'inputs' };
  return { kind: 'initializers', slice: (name): ExternalSlice | undefined => quantized.slice(name) };
}
