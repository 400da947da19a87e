import os from 'node:os';
import path from 'node:path';
import { type OpenTools, openTools } from '../agent/open-tools.ts';
import { type PromptSet, openPromptSet } from '../agent/prompts.ts';
import { ImageStore } from '../data/image-store.ts';
import { openConversationEncoder } from '../model/conversation.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { cosine, openEmbedder } from '../model/embedder/embedder.ts';
import { decodeImage } from '../model/image/decode.ts';
import { openImageProcessor } from '../model/image/processor.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import type { TrainingBatch } from '../model/training/batch.ts';
import type { PatchedImage } from '../model/vision-model.ts';
import { localPolicy } from '../policy/local.ts';
import { InputError } from '../records/input-error.ts';
import type { Policy } from '../records/policy.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Sample } from '../records/sample.ts';
import { openCustomReward } from '../reward/custom.ts';
import type { CustomReward } from '../reward/score-trajectory.ts';
import type { RewardServices } from '../reward/services.ts';
import type { Provider } from '../runtime/provider.ts';
import { Runtime } from '../runtime/session.ts';
import { WorkerClient } from '../worker/client.ts';
import type { TrainingSettings } from '../worker/training-session.ts';
import { adapterNotes, checkParameters } from './check-parameters.ts';
import { answerNotes, checkRewards, comparesAnswers, stepNotes } from './check-rewards.ts';
import { encodeDemonstration, openDemonstrations } from './demonstrations.ts';
import { checkLoss } from './learn.ts';
import { type Fingerprint, embedderFingerprint, modelFingerprint, promptsFingerprint, rewardsFingerprint, samplesFingerprint, toolsFingerprint, trajectoriesFingerprint } from './fingerprint.ts';
import { type PictureMarks, pictureMarks } from './pictures.ts';
import type { RollOutSettings } from './roll-out.ts';
import { Sampler, type SamplerState } from './sampler.ts';
import { SampleOrder, type SampleSet, openSamples, overlapNotes } from './samples.ts';
import { scheduleNotes } from './schedule.ts';

/** Everything that the steps of a run share. */
export type RunContext = {
  readonly config: RunConfig;
  readonly worker: WorkerClient;
  readonly policy: Policy;
  readonly prompts: PromptSet;
  readonly order: SampleOrder;
  readonly sampler: Sampler;
  /** Samples of a source without an end. */
  readonly endless: number;
  /** What a supervised run learns of a sample. */
  readonly demonstrations?: (sample: Sample) => Promise<TrainingBatch>;
  readonly heldOut: readonly Sample[];
  readonly episode: Omit<RollOutSettings, 'seed' | 'signal'>;
  /** The tools of the held-out samples: their passages may be others. */
  readonly heldOutTools: OpenTools;
  readonly tools: OpenTools;
  readonly services: RewardServices;
  readonly custom: readonly CustomReward[];
  readonly processedImage: (reference: string) => Promise<PatchedImage>;
  readonly parameters: number;
  /** What does the work: the CPU where the provider that was asked for does not work. */
  readonly provider: Provider;
  /** Of what the run begins with, or begins with again. */
  readonly fingerprint: Fingerprint;
  /** Looks at every picture of its samples. */
  readonly pictures: () => PictureMarks;
  /** The id that an image's places have. */
  readonly imageToken: number;
  readonly onProgress: (label: string, done: number, total: number) => void;
  readonly close: () => Promise<void>;
};

export type OpenSettings = {
  readonly home: string;
  readonly config: RunConfig;
  /** A checkpoint to go on from. */
  readonly resume?: string;
  /** The run's own copy of the adapter that it began with. */
  readonly begunWith?: string;
  /** What it knows of the samples: which come next, and how many of an endless source there are. */
  readonly sampler?: SamplerState;
  readonly endless?: number;
  readonly onProgress?: RunContext['onProgress'];
  readonly onNote?: (note: string) => void;
  readonly signal?: AbortSignal;
};

/** Samples that a run takes of a source without an end; they come again after that. */
const mostEndless = 100_000;

/** Images that are kept processed: those of a step and of the next come again and again. */
const processedImages = 512;

/** @throws InputError for whatever of the configuration cannot be used; nothing is left open then. */
export async function openRun({ home, config, resume, begunWith = config.model.adapter, sampler, endless = Math.min(mostEndless, config.steps * config.rollout.prompts), onProgress = () => {}, onNote = () => {}, signal }: OpenSettings): Promise<RunContext> {
  checkRewards(config);
  checkLoss(config);
  if (resume === undefined) checkParameters(config);
  const images = new ImageStore(path.join(home, 'images'));
  const prompts = openPromptSet(config.data.prompts, path.join(home, 'prompts'));
  const train = await openSamples({ source: config.data.train, split: 'train', items: config.data.items, atMost: endless, chains: config.data.mode === 'step' }, images, signal);
  const heldOut = config.evaluation.items === 0 || config.data.heldOut.length === 0 ? undefined : await openSamples({ source: config.data.heldOut, split: 'validation', items: config.evaluation.items, atMost: config.evaluation.items }, images, signal);
  for (const fault of [...train.faults, ...(heldOut?.faults ?? [])].slice(0, 10)) onNote(fault);
  const held = heldOut?.samples ?? [];
  const bare = [...(comparesAnswers(config) ? answerNotes(train.samples, 'no reward of an answer counts there') : []), ...answerNotes(held, 'held out, they count as wrong')];
  for (const note of [...bare, ...overlapNotes(train.samples, held), ...scheduleNotes(config)]) onNote(note);
  const stepwise = config.data.mode === 'step' ? chainSteps(train.samples) : train.samples;
  const lessons = config.method === 'sft' ? openDemonstrations(config, train.samples, stepwise) : undefined;
  for (const note of lessons?.notes ?? (config.data.mode === 'step' ? stepNotes(stepwise) : [])) onNote(note);
  const samples = lessons?.samples ?? stepwise;
  if (samples.length === 0) throw new InputError({ thing: 'data.train', expected: 'samples with annotated chains, as data.mode step needs them', found: `${train.samples.length} samples without one`, remedy: 'Name a MAT training file, or set data.mode to episode.' });
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closing.toReversed()) await each();
  };
  try {
    // Before anything that takes its time. One that weighs nothing is not asked.
    const custom = config.reward.custom.filter(({ weight }) => weight !== 0).map(openCustomReward);
    for (const reward of custom) closing.push(reward.close);
    await Promise.all(custom.map((reward) => reward.load()));
    const toolsFor = async (set: SampleSet | undefined): Promise<OpenTools> => {
      const search = config.tools.corpus === '' ? set?.passages : config.tools.corpus;
      const opened = await openTools({ home, images, code: config.tools.code === 'sandbox', ...(search !== undefined && { search }), passages: config.tools.passages, onProgress: ({ label, done, total }) => onProgress(label, done, total), ...(signal && { signal }) });
      closing.push(opened.close);
      return opened;
    };
    const tools = await toolsFor(train);
    const heldOutTools = heldOut?.passages === undefined ? tools : await toolsFor(heldOut);
    const worker = new WorkerClient();
    closing.push(() => worker.close());
    for (const note of begunWith === '' || resume !== undefined ? [] : adapterNotes(config, begunWith)) onNote(note);
    const { parameters, provider } = await loadInto(worker, config, home, { adapter: begunWith, resume }, onProgress, onNote, signal);
    const encoder = openConversationEncoder(config.model.folder, { readImage: (reference) => images.read(reference), ...(config.model.maxPixels > 0 && { maxPixels: config.model.maxPixels }) });
    const policy = localPolicy({ worker, encoder, folder: config.model.folder, slots: config.rollout.slots });
    // Its folder is looked into before a mark of it is taken.
    const similarity = config.reward.embedder === '' ? undefined : await openSimilarity(config);
    const { rollout } = config;
    const order = new SampleOrder(samples, config);
    const modelConfig = readModelConfig(config.model.folder);
    const { tokens, text } = modelConfig;
    return {
      config, worker, policy, prompts, tools, heldOutTools, custom, parameters, provider, onProgress, close,
      fingerprint: {
        model: modelFingerprint(config.model.folder, modelConfig), train: samplesFingerprint(samples), heldOut: samplesFingerprint(heldOut?.samples ?? []), prompts: promptsFingerprint(prompts),
        ...toolsFingerprint(tools), rewards: rewardsFingerprint(config),
        ...(lessons?.trajectories && { demonstrations: trajectoriesFingerprint(lessons.trajectories) }), ...(config.reward.embedder !== '' && { embedder: embedderFingerprint(config.reward.embedder) }),
      },
      pictures: () => pictureMarks([...samples, ...(heldOut?.samples ?? [])]),
      order,
      sampler: new Sampler(order, config, sampler),
      endless,
      heldOut: heldOut?.samples ?? [],
      imageToken: tokens.image,
      ...(lessons && { demonstrations: (sample: Sample) => encodeDemonstration({ ...encoder, endToken: tokens.eos[0] as number }, sample, lessons.messages(sample, prompts), text.maxPositions) }),
      episode: { mode: config.data.mode, policy, prompts, tools: tools.tools, limits: { steps: rollout.steps, tokens: rollout.tokens, ms: rollout.seconds * 1000 }, temperature: rollout.temperature, maxNewTokens: rollout.maxNewTokens, groupSize: rollout.group },
      services: { image: async (reference) => decodeImage(await images.read(reference), reference), ...(similarity && { similarity }) },
      processedImage: processedImage(config, images),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function loadInto(worker: WorkerClient, config: RunConfig, home: string, { adapter, resume }: { readonly adapter: string; readonly resume: string | undefined }, onProgress: RunContext['onProgress'], onNote: (note: string) => void, signal: AbortSignal | undefined): Promise<Pick<RunContext, 'parameters' | 'provider'>> {
  const { model, parameters, optimizer, threads } = config;
  if (model.folder === '') throw new InputError({ thing: 'model.folder', expected: 'the Hugging Face folder of a Qwen2.5-VL', found: 'nothing', remedy: 'Name it in the configuration, or with --set model.folder=FOLDER.' });
  const options = { provider: model.provider, precision: model.precision, adapters: parameters.kind === 'lora', packed: parameters.kind === 'lora', dataFolder: home, ...(threads > 0 && { threads }), ...(model.quantize !== '' && { quantize: parseScheme(model.quantize, 'model.quantize') }) };
  const { notes, provider } = await worker.call('load', { folder: model.folder, options, slots: config.rollout.slots }, { onEvent: ({ stage, done, total }) => onProgress(stage, done, total), ...(signal && { signal }) });
  signal?.throwIfAborted();
  for (const note of notes) onNote(note);
  const settings: TrainingSettings = {
    parameters: parameters.kind === 'full' ? { kind: 'full', vision: parameters.vision } : { kind: 'lora', settings: parameters, seed: config.seed, ...(adapter !== '' && { adapter }) },
    optimizer,
    ...(config.method === 'grpo' && { temperature: config.rollout.temperature }),
    ...(resume !== undefined && { resume }),
  };
  const { parameters: trained } = await worker.call('trainOpen', settings);
  return { parameters: trained, provider };
}

/** Every step of every chain as a sample of its own (step mode). */
const chainSteps = (samples: readonly Sample[]): readonly Sample[] =>
  samples.flatMap((sample) => (sample.chain ?? []).map((step, i) => ({ ...sample, id: `${sample.id}/${i + 1}`, chain: [step], ...(step.image !== undefined && { images: [step.image] }) })));

/** Cosine of two texts' embeddings. */
async function openSimilarity({ reward, threads }: RunConfig): Promise<NonNullable<RewardServices['similarity']>> {
  const embedder = await openEmbedder(reward.embedder, new Runtime({ provider: 'cpu', threads: threads > 0 ? threads : os.availableParallelism() }));
  return async (...texts) => {
    const [a, b] = (await embedder.embed(texts)) as [Float32Array, Float32Array];
    return cosine(a, b);
  };
}

function processedImage(config: RunConfig, images: ImageStore): RunContext['processedImage'] {
  const { folder, maxPixels } = config.model;
  const processor = openImageProcessor(folder, readModelConfig(folder).vision, maxPixels > 0 ? { maxPixels } : {});
  const known = new Map<string, Promise<PatchedImage>>();
  const process = async (reference: string): Promise<PatchedImage> => {
    const { grid, pixels } = await processor.process(await images.read(reference), reference);
    return { grid, pixels };
  };
  return (reference) => {
    const made = known.get(reference) ?? process(reference);
    known.delete(reference);
    known.set(reference, made);
    for (const oldest of known.keys()) {
      if (known.size <= processedImages) break;
      known.delete(oldest);
    }
    return made;
  };
}
