import { noteOutside } from '../data/outside-places.ts';
import type { TrainingBatch } from '../model/training/batch.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { Asked, ConfigChange, HeldOut, RunEvent, StepMetrics, SupervisedMetrics } from '../records/run-events.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import type { Trajectory } from '../records/trajectory.ts';
import { type Alarm, type HeldOutLook, alarmsOf, hackedReward } from './alarms.ts';
import { type Continued, continueConfig } from './change-config.ts';
import type { CheckpointState } from './checkpoints.ts';
import { FaultWatch } from './fault-watch.ts';
import { assertSameBeginnings, changedRewards } from './fingerprint.ts';
import { assertFiniteModel, nonFinite } from './finite.ts';
import { fullDisk } from './full-disk.ts';
import { evaluateHeldOut } from './held-out.ts';
import { assertSamePictures } from './pictures.ts';
import { type OpenSettings, type RunContext, openRun } from './run-context.ts';
import type { RunFolder } from './run-folder.ts';
import { stepMetrics } from './step-metrics.ts';
import { trainStep } from './step.ts';
import { superviseStep } from './supervise.ts';
import { unlessAborted } from './unless-aborted.ts';

export type RunOutcome = 'finished' | 'stopped';

export type RunHooks = Pick<OpenSettings, 'onProgress' | 'onNote'> & {
  readonly onMetrics?: (step: number, metrics: StepMetrics) => void;
  /** In place of onMetrics in a supervised run. */
  readonly onSupervised?: (step: number, metrics: SupervisedMetrics) => void;
  readonly onHeldOut?: (step: number, heldOut: HeldOut) => void;
  readonly onAlarm?: (message: string) => void;
  /** A field that is another than in the steps before. */
  readonly onChange?: (change: ConfigChange) => void;
  /** Called with the open run before its first step of this process, and after its last. */
  readonly onOpen?: (context: RunContext, signal: AbortSignal) => Promise<void>;
  readonly onEnd?: (context: RunContext, signal: AbortSignal) => Promise<void>;
};

/** How often a request to stop at once is looked for. */
const stopPollMs = 200;

/**
 * Runs a run from where it is to its end: steps, held-out evaluations, checkpoints, alarms; everything goes into its log.
 * Asked to stop, it ends after the step with a checkpoint; asked to stop now (or aborted), it drops the step that is
 * under way: the last checkpoint stays, and a resumed run does the same steps again.
 * @param settings Fields that are others from here on, as `key.path=value`.
 * @throws InputError for settings that a run cannot go on with, with nothing changed.
 */
export async function runTraining(run: RunFolder, home: string, signal: AbortSignal, hooks: RunHooks = {}, settings: readonly string[] = []): Promise<RunOutcome> {
  run.claim();
  try {
    await noteOutside(home, run.folder);
    return await goOn(run, home, signal, hooks, continueConfig(run, settings));
  } finally {
    run.unclaim();
  }
}

async function goOn(run: RunFolder, home: string, signal: AbortSignal, hooks: RunHooks, { config, changes: asked }: Continued): Promise<RunOutcome> {
  const restored = run.checkpoints.last;
  const done = restored !== undefined && restored.state.step >= config.steps;
  let finished = false;
  for (const { kind } of run.log.events()) finished = kind === 'finished';
  if (done && finished) {
    hooks.onNote?.(`all ${config.steps} steps of ${run.name} are done, and nothing was changed; --set steps=N goes on with more`);
    return 'finished';
  }
  if (!restored && config.model.adapter !== '') run.keepAdapter(config.model.adapter);
  const { begunWith } = run;
  const stopNow = new AbortController();
  const poll = setInterval(() => {
    if (run.stopRequested() === 'now') stopNow.abort(new Error('stopped'));
  }, stopPollMs);
  const both = AbortSignal.any([signal, stopNow.signal]);
  let step = restored?.state.step ?? 0;
  let context: RunContext | undefined;
  // A finished run that cannot go on with more steps stays a finished one.
  let tells = !finished;
  try {
    const goingOn = restored && { resume: restored.folder, sampler: restored.state.sampler, ...(restored.state.endless !== undefined && { endless: restored.state.endless }) };
    context = await openRun({ home, config, ...(begunWith !== undefined && { begunWith }), ...goingOn, ...(hooks.onProgress && { onProgress: hooks.onProgress }), ...(hooks.onNote && { onNote: hooks.onNote }), signal: both })
      .catch((error: unknown) => { throw restored && isAbout(error, restored.folder) ? run.checkpoints.damaged(error) : error; });
    const { began } = restored?.state ?? {};
    if (began) assertSameBeginnings(run.name, config, began, asked.some(({ key }) => key === 'evaluation.items') ? { ...context.fingerprint, heldOut: began.heldOut } : context.fingerprint, context.tools.described);
    const [kept, pictures] = [restored ? run.pictures : {}, context.pictures()];
    assertSamePictures(run.name, kept, pictures);
    const changes = [...asked, ...changedRewards(began?.rewards, context.fingerprint.rewards)];
    for (const change of changes) hooks.onChange?.(change);
    if (asked.length > 0) run.writeConfig(config);
    // Where more are held out than before, there are others too.
    if (Object.keys(pictures).length > 0) run.keepPictures({ ...kept, ...pictures });
    const lacking = run.log.cutBack(restored?.state);
    if (lacking > 0) hooks.onNote?.(`the log lacks ${lacking} bytes of steps that are done`);
    run.log.append({ kind: 'started', at: now(), step, resumed: restored !== undefined, ...(changes.length > 0 && { changes }), parameters: context.parameters, tools: context.tools.described });
    tells = true;
    const progress = new Progress(run, config, context, restored?.state.best ?? null, hooks);
    await hooks.onOpen?.(context, both);
    if (!restored) await progress.evaluate(0, both);
    const started = performance.now();
    while (step < config.steps) {
      let alarmed = await progress.step(step, both);
      step += 1;
      const last = step === config.steps;
      if (last || (config.evaluation.every > 0 && step % config.evaluation.every === 0)) alarmed = (await progress.evaluate(step, both)) || alarmed;
      const pause = alarmed && config.alarms.pause;
      const stop = run.stopRequested() !== undefined || pause;
      const rollBack = pause && config.alarms.rollBack;
      if (!rollBack && (last || stop || step % config.checkpoint.every === 0 || progress.isBest(step))) await progress.checkpoint(step);
      if (last && !rollBack) run.log.append({ kind: 'finished', at: now(), step, seconds: (performance.now() - started) / 1000 });
      else if (stop) {
        const asked = run.stopRequested();
        run.log.append({ kind: 'stopped', at: now(), step, why: asked === undefined ? 'alarm' : asked === 'now' ? 'now' : 'asked' });
        return 'stopped';
      }
    }
    // A kill came between the last checkpoint and the end.
    if (done) run.log.append({ kind: 'finished', at: now(), step, seconds: 0 });
    // It is finished, whatever becomes of what comes after.
    tells = false;
    await hooks.onEnd?.(context, both);
    return 'finished';
  } catch (error) {
    if (both.aborted) {
      if (tells) run.log.append({ kind: 'stopped', at: now(), step, why: 'now' });
      return 'stopped';
    }
    const told = nonFinite(error, run, step) ?? fullDisk(error, run.folder, run.checkpoints.list().at(-1)?.step) ?? (error as Error);
    try {
      if (tells) run.log.append({ kind: 'failed', at: now(), step, reason: told.message });
    } catch {
      // A full disk has no room for this either; it is said all the same.
    }
    throw told;
  } finally {
    clearInterval(poll);
    await context?.close();
  }
}

function askedOf({ task, question, answers, images, chain }: Sample, { mode }: Trajectory): Asked {
  const [annotated] = mode === 'step' ? (chain ?? []) : [];
  return { task, question, answers, images, ...(annotated && { step: { kind: annotated.kind, context: annotated.context, solution: annotated.solution } }) };
}

/** Whether a fault lies in a file of a folder. */
const isAbout = (error: unknown, folder: string): error is InputError => error instanceof InputError && error.expectation.thing.startsWith(folder);

const now = (): string => new Date().toISOString();

/** The parts of a run's loop, and the best score so far. */
class Progress {
  readonly #run: RunFolder;
  readonly #config: RunConfig;
  readonly #context: RunContext;
  readonly #hooks: RunHooks;
  #best: CheckpointState['best'];
  /** Something that went through the model lately. */
  #learnt: TrainingBatch | undefined;
  #latest: { readonly f1: number; readonly step: number } | undefined;
  /** Of the last step. */
  #reward: number | undefined;
  /** The score before the first step; the first step's rewards belong to it, since nothing is learnt before they are earned. */
  #first: HeldOutLook['scores'] | undefined;
  #bestLook: HeldOutLook | undefined;
  #bestF1 = 0;
  readonly #faults: FaultWatch;

  constructor(run: RunFolder, config: RunConfig, context: RunContext, best: CheckpointState['best'], hooks: RunHooks) {
    [this.#run, this.#config, this.#context, this.#best, this.#hooks, this.#faults] = [run, config, context, best, hooks, new FaultWatch(run.name)];
    // A resumed run knows what it saw before.
    for (const event of run.log.events()) {
      if (event.kind === 'metrics') this.#earn(event.metrics.rewardMean);
      if (event.kind === 'evaluation') this.#look(event);
    }
  }

  #earn(reward: number | undefined): void {
    if (reward === undefined) return;
    this.#reward = reward;
    if (this.#first !== undefined) this.#bestLook = { scores: this.#first, reward };
    this.#first = undefined;
  }

  /** Sets an evaluation beside the best before it. */
  #look({ heldOut: { f1 }, items }: Pick<Extract<RunEvent, { kind: 'evaluation' }>, 'heldOut' | 'items'>): Alarm | undefined {
    const scores = new Map(items.map((item) => [item.id, item.f1]));
    if (this.#reward === undefined) {
      [this.#first, this.#bestF1] = [scores, f1];
      return undefined;
    }
    const look = { scores, reward: this.#reward };
    const alarm = this.#bestLook && hackedReward(this.#bestLook, look, this.#config.alarms);
    if (!this.#bestLook || f1 > this.#bestF1) [this.#bestLook, this.#bestF1] = [look, f1];
    return alarm;
  }

  /** @returns whether an alarm sounded. */
  async step(step: number, signal: AbortSignal): Promise<boolean> {
    if (this.#config.method === 'sft') {
      const { told, learnt } = await unlessAborted(superviseStep(this.#context, step, signal), signal);
      this.#learnt = learnt[0] ?? this.#learnt;
      this.#append({ kind: 'supervised', step, ...told });
      this.#hooks.onSupervised?.(step, told.metrics);
      for (const { reason } of told.leftOut) this.#hooks.onNote?.(`step ${step + 1} leaves this out: ${reason}`);
      this.#faults.lookAtDemonstrations(told);
      return false;
    }
    // An update of a large model takes minutes, and hears of no signal.
    const result = await unlessAborted(trainStep(this.#context, step, signal), signal);
    this.#learnt = result.learnt[0] ?? this.#learnt;
    for (const [i, { sample, group, member, trajectory }] of result.rollouts.entries()) {
      const kl = result.kl.get(i);
      this.#append({ kind: 'trajectory', step, group, member, asked: askedOf(sample, trajectory), trajectory, reward: result.rewards[i] ?? null, advantage: result.advantages.values[i] as number, ...(kl && { kl }) });
    }
    const metrics = stepMetrics(result);
    this.#append({ kind: 'metrics', step, metrics });
    this.#hooks.onMetrics?.(step, metrics);
    this.#earn(metrics.rewardMean);
    const alarmed = this.#sound(step, alarmsOf(metrics, this.#config));
    this.#faults.look(result.rollouts);
    return alarmed;
  }

  #sound(step: number, alarms: readonly Alarm[]): boolean {
    for (const alarm of alarms) {
      this.#append({ kind: 'alarm', at: now(), step, ...alarm });
      this.#hooks.onAlarm?.(alarm.message);
    }
    return alarms.length > 0;
  }

  /** @returns whether an alarm sounded. */
  async evaluate(step: number, signal: AbortSignal): Promise<boolean> {
    if (this.#context.heldOut.length === 0) return false;
    const started = performance.now();
    const { heldOut, items } = await unlessAborted(evaluateHeldOut(this.#context, signal), signal);
    // Faults of ours alone: no score, least of all one of 0.
    if (heldOut.items === 0) {
      this.#hooks.onNote?.(`held-out after ${step} steps: nothing could be measured, every episode ended by a fault of ours`);
      return false;
    }
    this.#append({ kind: 'evaluation', at: now(), step, seconds: (performance.now() - started) / 1000, heldOut, items });
    this.#hooks.onHeldOut?.(step, heldOut);
    this.#latest = { f1: heldOut.f1, step };
    const alarm = this.#look({ heldOut, items });
    return this.#sound(step - 1, alarm ? [alarm] : []);
  }

  /** Whether the evaluation after this step is better than that of any checkpoint. */
  isBest(step: number): boolean {
    return this.#latest?.step === step && this.#latest.f1 > (this.#best?.f1 ?? Number.NEGATIVE_INFINITY);
  }

  async checkpoint(step: number): Promise<void> {
    const best = this.isBest(step) ? (this.#latest as NonNullable<CheckpointState['best']>) : this.#best;
    const started = performance.now();
    this.#context.onProgress('checkpoint', 0, 1);
    // What is kept can be gone on from: an update may have broken the weights without anything having passed through them since.
    if (this.#learnt) await assertFiniteModel(this.#context.worker, this.#learnt);
    const folder = await this.#run.checkpoint({ step, best, sampler: this.#context.sampler.state, endless: this.#context.endless, config: this.#config, began: this.#context.fingerprint }, this.#config.checkpoint.keep, async (place) => {
      await this.#context.worker.call('trainSave', { folder: place });
    });
    this.#context.onProgress('checkpoint', 1, 1);
    this.#best = best;
    this.#append({ kind: 'checkpoint', at: now(), step, seconds: (performance.now() - started) / 1000, folder, best: best?.step === step });
  }

  #append(event: RunEvent): void {
    this.#run.log.append(event);
  }
}
