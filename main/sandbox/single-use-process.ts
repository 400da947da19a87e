import type { CodeJob, CodeResult } from '../records/tools.ts';
import type { SandboxLimits } from './limits.ts';
import { probe } from './probe.ts';
import { type SingleUseLaunch, SingleUseRunner } from './single-use.ts';
import type { Greeting } from './status.ts';
import { ZygoteFailure } from './zygote-process.ts';

/** Stands where a zygote stands elsewhere: takes one job at a time, each in a process that was started before it came. */
export class SingleUseProcess {
  readonly #launch: SingleUseLaunch;
  readonly #limits: SandboxLimits;
  #next: SingleUseRunner;
  #failure: ZygoteFailure | undefined;

  private constructor(launch: SingleUseLaunch, limits: SandboxLimits) {
    this.#launch = launch;
    this.#limits = limits;
    this.#next = new SingleUseRunner(launch, limits);
  }

  /**
   * Starts the first and has it try what must be refused.
   * @throws Error with the reason where it does not come up, or where anything of that succeeds: no code runs then.
   */
  static async start(launch: SingleUseLaunch, limits: SandboxLimits): Promise<{ readonly zygote: SingleUseProcess; readonly greeting: Greeting }> {
    const started = new SingleUseProcess(launch, limits);
    try {
      const greeting = await started.#next.greeting;
      await probe((job) => started.run(job));
      return { zygote: started, greeting };
    } catch (error) {
      await started.close();
      throw error;
    }
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  /** @throws ZygoteFailure where the process for this job did not come up. */
  async run(job: CodeJob, signal?: AbortSignal): Promise<CodeResult> {
    signal?.throwIfAborted();
    const runner = this.#next;
    try {
      await runner.greeting.catch((error: unknown) => {
        throw (this.#failure = new ZygoteFailure(`the sandbox process failed: ${(error as Error).message}`));
      });
      this.#next = new SingleUseRunner(this.#launch, this.#limits);
      return await runner.run(job, signal);
    } finally {
      await runner.close();
    }
  }

  async close(): Promise<void> {
    this.#failure ??= new ZygoteFailure('the sandbox process failed: it was closed');
    await this.#next.close();
  }
}
