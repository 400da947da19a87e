import os from 'node:os';
import { InputError } from '../records/input-error.ts';
import { type CodeJob, type CodeResult, TimeUp, ToolFault } from '../records/tools.ts';
import { type SandboxLimits, defaultLimits, largestPayload } from './limits.ts';
import type { PrivatePython } from '../setup/private-python.ts';
import type { Greeting } from './status.ts';
import { SingleUseProcess } from './single-use-process.ts';
import { type Tier, launchOf, singleUseLaunchOf, tiers } from './tiers.ts';
import { ZygoteProcess } from './zygote-process.ts';

export type PoolOptions = {
  readonly python: PrivatePython;
  /** The tier to use; without it the best that works here. */
  readonly tier?: Tier;
  /** Jobs at the same time; one for each core by default. */
  readonly processes?: number;
  readonly limits?: Partial<SandboxLimits>;
};

/** What runs jobs, one at a time. */
type Worker = ZygoteProcess | SingleUseProcess;

/** No tier works here: code is not run, and the reason says what to install. */
export class NoSandbox extends Error {}

type Queued = { readonly job: CodeJob; readonly signal: AbortSignal | undefined; readonly resolve: (result: CodeResult) => void; readonly reject: (error: unknown) => void };

/** The sandbox: zygotes of one tier, and jobs that wait for one, first come, first served. */
export class SandboxPool {
  readonly tier: Tier;
  readonly greeting: Greeting;
  /** Jobs at the same time. */
  readonly processes: number;
  readonly #options: PoolOptions;
  readonly #limits: SandboxLimits;
  /** The one that has rested longest first: its next child is ready. */
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #queue: Queued[] = [];
  #starting = 0;
  #closed = false;

  private constructor(options: PoolOptions, limits: SandboxLimits, tier: Tier, first: Worker, greeting: Greeting) {
    this.tier = tier;
    this.greeting = greeting;
    this.#options = options;
    this.#limits = limits;
    this.processes = options.processes ?? os.availableParallelism();
    this.#idle.push(first);
    this.#all.add(first);
  }

  /**
   * Starts the first zygote, in the best tier that works or the one asked for.
   * @throws NoSandbox with a reason for each tier that was tried.
   */
  static async open(options: PoolOptions): Promise<SandboxPool> {
    const limits = { ...defaultLimits, ...options.limits };
    const reasons: string[] = [];
    for (const tier of options.tier ? [options.tier] : tiers) {
      const started = await startZygote(tier, options.python, limits);
      if ('zygote' in started) return new SandboxPool(options, limits, tier, started.zygote, started.greeting);
      reasons.push(`${tier}: ${started.lacking}`);
    }
    const remedy = process.platform === 'linux' ? 'Install bubblewrap, or use a kernel with Landlock.' : 'Generated code runs on Linux; everything else works here.';
    throw new NoSandbox(`no sandbox works here, so no code is run (${reasons.join('; ') || `there is none for ${process.platform}`}). ${remedy}`);
  }

  /** Starts all the others now instead of with the first jobs that need them. */
  async fill(): Promise<void> {
    await Promise.all(Array.from({ length: Math.max(0, this.processes - this.#all.size) }, () => this.#start()));
  }

  /**
   * Runs a job. An aborted one is taken from the queue, or killed.
   * @throws ZygoteFailure where the sandbox fails, InputError for a job that is too large, the signal's reason; ToolFault
   * where the episode's time was up before the job began.
   */
  run(job: CodeJob, signal?: AbortSignal): Promise<CodeResult> {
    checkSize('the code', Buffer.byteLength(job.code));
    checkSize('the image', job.image?.length ?? 0);
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error('the sandbox is closed'));
        return;
      }
      signal?.throwIfAborted();
      const queued = { job, signal, resolve, reject };
      this.#queue.push(queued);
      signal?.addEventListener('abort', () => this.#forget(queued), { once: true });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new Error('the sandbox is closed'));
    await Promise.all([...this.#all].map((zygote) => zygote.close()));
  }

  #forget(queued: Queued): void {
    const place = this.#queue.indexOf(queued);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    const reason: unknown = queued.signal?.reason;
    queued.reject(reason instanceof TimeUp ? new ToolFault('sandbox', `no process was free before ${reason.message}`, { cause: reason }) : reason);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const zygote = this.#idle.shift();
      if (!zygote) break;
      if (!zygote.alive) {
        this.#all.delete(zygote);
        continue;
      }
      void this.#serve(zygote, this.#queue.shift() as Queued);
    }
    const wanted = Math.min(this.#queue.length - this.#starting, this.processes - this.#all.size - this.#starting);
    for (let i = 0; i < wanted; i++) void this.#start();
  }

  async #serve(zygote: Worker, { job, signal, resolve, reject }: Queued): Promise<void> {
    try {
      resolve(await zygote.run(job, signal));
    } catch (error) {
      reject(error);
    }
    if (zygote.alive) this.#idle.push(zygote);
    else this.#all.delete(zygote);
    this.#dispatch();
  }

  async #start(): Promise<void> {
    this.#starting += 1;
    const started = await startZygote(this.tier, this.#options.python, this.#limits);
    this.#starting -= 1;
    if ('lacking' in started) {
      // With none left nobody would ever take the jobs that wait.
      if (this.#all.size === 0 && this.#starting === 0) {
        for (const { reject } of this.#queue.splice(0)) reject(new NoSandbox(`the sandbox does not start again: ${started.lacking}`));
      }
      return;
    }
    this.#all.add(started.zygote);
    if (this.#closed) await started.zygote.close();
    else this.#idle.push(started.zygote);
    this.#dispatch();
  }
}

/** Starts a zygote; where that fails, says why. */
async function startZygote(tier: Tier, python: PrivatePython, limits: SandboxLimits): Promise<{ zygote: Worker; greeting: Greeting } | { lacking: string }> {
  try {
    if (tier === 'macOS' || tier === 'Windows') {
      const launch = singleUseLaunchOf(tier, python, limits);
      return 'lacking' in launch ? launch : await SingleUseProcess.start(launch, limits);
    }
    const launch = launchOf(tier, python, limits);
    return 'lacking' in launch ? launch : await ZygoteProcess.start(launch, limits);
  } catch (error) {
    return { lacking: (error as Error).message };
  }
}

function checkSize(thing: string, bytes: number): void {
  if (bytes <= largestPayload) return;
  throw new InputError({ thing, expected: `at most ${largestPayload} bytes`, found: String(bytes), remedy: 'Make it smaller.' });
}
