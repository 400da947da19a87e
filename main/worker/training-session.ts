import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { Adapter } from '../model/folder/adapter.ts';
import { readAdapter } from '../model/folder/adapter-reader.ts';
import { writeAdapter } from '../model/folder/adapter-writer.ts';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import { expectedTensors } from '../model/folder/expected-tensors.ts';
import { readJsonFile } from '../model/folder/file-errors.ts';
import { openSafetensors } from '../model/folder/safetensors.ts';
import { type TensorToWrite, writeSafetensors } from '../model/folder/safetensors-writer.ts';
import { trainedWeightsFile } from '../model/folder/trained-weights.ts';
import type { LoadedModel } from '../model/load.ts';
import { AdamW, type AdamWSettings } from '../model/training/adamw.ts';
import type { TokenValues, TrainingBatch } from '../model/training/batch.ts';
import { GradientSum, assertFiniteGradients, clipByGlobalNorm, globalNorm } from '../model/training/gradients.ts';
import { type LoraSettings, newAdapter } from '../model/training/lora.ts';
import { type ForwardPass, TrainingModel } from '../model/training/training-model.ts';
import { InputError } from '../records/input-error.ts';
import { schemaFaultText } from '../records/schema-fault.ts';

/** What is trained, and how its optimizer moves. */
export type TrainingSettings = {
  readonly parameters:
    | { readonly kind: 'lora'; readonly settings: LoraSettings; readonly seed: number; /** An adapter to begin with, which is the reference policy's too. */ readonly adapter?: string }
    | { readonly kind: 'full'; readonly vision: boolean };
  readonly optimizer: AdamWSettings;
  /** At which the policy writes, and learns; 1 where left out. */
  readonly temperature?: number;
  /** A folder that `save` wrote: goes on from there. */
  readonly resume?: string;
};

export type ForwardRequest = {
  readonly batch: TrainingBatch;
  /** false: the reference, without the adapter or with the one that was there at first; nothing is kept for a way back. */
  readonly adapter: boolean;
  /** false: likewise with the adapter; the model is only looked at. */
  readonly keep?: boolean;
  readonly dropoutSeed?: number;
};

const optimizerFile = 'optimizer.safetensors';
const stepsFile = 'optimizer.json';
const optimizerSteps = z.object({ steps: z.int().min(0) });

/** A model in training: its trained tensors, their optimizer, and the passes that wait for their way back. */
export class TrainingSession {
  readonly #model: LoadedModel;
  readonly #training: TrainingModel;
  readonly #adapter: Adapter | undefined;
  readonly #optimizer: AdamW;
  readonly #passes = new Map<number, ForwardPass>();
  #sum = new GradientSum();
  #nextPass = 1;

  private constructor(model: LoadedModel, training: TrainingModel, adapter: Adapter | undefined, optimizer: AdamW) {
    [this.#model, this.#training, this.#adapter, this.#optimizer] = [model, training, adapter, optimizer];
  }

  /** @throws InputError for an adapter or a checkpoint that does not fit. */
  static async open(model: LoadedModel, settings: TrainingSettings): Promise<TrainingSession> {
    const { parameters, optimizer: how, resume, temperature } = settings;
    const begun = parameters.kind === 'lora' ? parameters.adapter : undefined;
    const from = resume ?? begun;
    // Dropout is of this training, whatever that of an adapter's first training was.
    const adapter = parameters.kind === 'lora' ? inOrder(from === undefined ? newAdapter(parameters.settings, model.config, parameters.seed) : { ...readAdapter(from, model.config), dropout: parameters.settings.dropout }) : undefined;
    // Read once more, since what is trained changes in place.
    const options = { ...(temperature !== undefined && { temperature }), ...(begun !== undefined && { reference: inOrder(readAdapter(begun, model.config)) }) };
    const training = adapter ? TrainingModel.lora(model, adapter, options) : await TrainingModel.full(model, { vision: parameters.kind === 'full' && parameters.vision }, options);
    const optimizer = new AdamW(training.parameters, how, decaysOf(model));
    const session = new TrainingSession(model, training, adapter, optimizer);
    if (resume !== undefined) session.#restore(resume);
    await session.#show();
    return session;
  }

  get parameterCount(): number {
    return [...this.#training.parameters.values()].reduce((sum, { length }) => sum + length, 0);
  }

  async forward({ batch, adapter, keep = adapter, dropoutSeed }: ForwardRequest): Promise<TokenValues & { readonly pass: number }> {
    const pass = await this.#training.forward(batch, { adapter, keep, ...(dropoutSeed !== undefined && { dropoutSeed }) });
    const id = this.#nextPass++;
    if (keep) this.#passes.set(id, pass);
    else this.#training.forget(pass);
    return { logprobs: pass.logprobs, entropies: pass.entropies, pass: id };
  }

  /** Adds the gradients of a pass to those of the step. */
  async backward(id: number, derivatives: TokenValues): Promise<void> {
    const pass = this.#passes.get(id);
    if (!pass) throw new Error(`pass ${id} was not kept, or went back before`);
    this.#passes.delete(id);
    this.#sum.add(await this.#training.backward(pass, derivatives));
  }

  /** Forgets the passes and gradients of a step that is not taken. */
  discard(): void {
    for (const pass of this.#passes.values()) this.#training.forget(pass);
    this.#passes.clear();
    this.#sum = new GradientSum();
  }

  /**
   * One step of the optimizer with the gradients so far; the sampler writes with the new weights from then on.
   * @returns the gradients' norm before clipping.
   * @throws NonFiniteError, with nothing changed.
   */
  async update(learningRate: number, maxGradNorm: number): Promise<number> {
    const gradients = this.#sum.total;
    this.discard();
    assertFiniteGradients(gradients);
    const norm = maxGradNorm > 0 ? clipByGlobalNorm(gradients, maxGradNorm) : globalNorm(gradients);
    if (gradients.size > 0) this.#optimizer.step(gradients, learningRate);
    await this.#show();
    return norm;
  }

  /** Writes what a resumed session needs: the adapter in PEFT's layout or the weights, and the optimizer. */
  save(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const { steps, moments } = this.#optimizer.state;
    if (this.#adapter) writeAdapter(folder, this.#adapter);
    else writeSafetensors(path.join(folder, trainedWeightsFile), flatTensors([...this.#training.parameters]));
    const named = [...moments].flatMap(([name, { first, second }]) => [[`${name}.first`, first], [`${name}.second`, second]] as [string, Float32Array][]);
    writeSafetensors(path.join(folder, optimizerFile), flatTensors(named), { format: 'pt' });
    writeTextAtomic(path.join(folder, stepsFile), `${JSON.stringify({ steps })}\n`);
  }

  #restore(folder: string): void {
    if (!this.#adapter) {
      const weights = openSafetensors(path.join(folder, trainedWeightsFile));
      for (const [name, values] of this.#training.parameters) values.set(weights.readFloat32(name));
    }
    const file = path.join(folder, optimizerFile);
    if (!existsSync(file)) throw new InputError({ thing: folder, expected: `${optimizerFile} beside the weights`, found: 'none', remedy: 'Resume from a checkpoint of a run.' });
    const tensors = openSafetensors(file);
    const steps = readSteps(path.join(folder, stepsFile));
    const moments = new Map([...this.#training.parameters.keys()].map((name) => [name, { first: tensors.readFloat32(`${name}.first`), second: tensors.readFloat32(`${name}.second`) }]));
    this.#optimizer.restore({ steps, moments });
  }

  /** Lets the sampler see the weights as they are now. */
  async #show(): Promise<void> {
    if (this.#adapter) await this.#model.setAdapter(this.#adapter);
    else await this.#model.weightsChanged();
  }
}

/** How many steps an optimizer has taken, as `save` wrote it. */
function readSteps(file: string): number {
  const value = readJsonFile(file);
  const parsed = optimizerSteps.safeParse(value);
  if (parsed.success) return parsed.data.steps;
  throw new InputError({ thing: file, expected: 'the steps that the optimizer has taken', found: schemaFaultText(parsed.error, value), remedy: 'Resume from a checkpoint of a run.' });
}

/** Matrices alone: a norm's weights belong near 1, and decay would pull them to 0. Transformers' trainer, and so TRL's, spares them and biases too. */
function decaysOf({ config }: LoadedModel): (name: string) => boolean {
  const shapes = expectedTensors(config);
  return (name) => shapes.get(name)?.length !== 1;
}

/** The matrices in one order wherever they are from, so that sums over them are the same to the last bit. */
const inOrder = (adapter: Adapter): Adapter => ({ ...adapter, matrices: new Map([...adapter.matrices].sort(([a], [b]) => (a < b ? -1 : 1))) });

const flatTensors = (named: readonly (readonly [string, Float32Array])[]): readonly TensorToWrite[] =>
  named.map(([name, values]) => ({ name, dtype: 'F32', shape: [values.length], values: () => [values] }));
