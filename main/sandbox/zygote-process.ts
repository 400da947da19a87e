import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import os from 'node:os';
import type { CodeJob, CodeResult } from '../records/tools.ts';
import { FrameError, FrameReader, encodeFrame } from './frames.ts';
import { type SandboxLimits, largestPayload } from './limits.ts';
import { OomKills } from './oom-kills.ts';
import { Outbox } from './outbox.ts';
import { parseOutputs } from './outputs.ts';
import { type Greeting, facts, greeting, statusOf } from './status.ts';
import type { Launch } from './tiers.ts';

const startMs = 20_000;
// The zygote keeps a job's clock itself; only a zygote that hangs gets here.
const watchdogMs = 3000;
const keptPictureBytes = 128 * 1024 ** 2;
// Each is a descriptor of the zygote, or two (native/sandbox/pictures.py), and it has few.
const mostPictures = 64;
const keptErrorText = 4096;

/** The zygote is gone, or speaks nonsense: the job's fate is unknown. */
export class ZygoteFailure extends Error {}

type Waiting = { readonly resolve: (frame: { header: unknown; payload: Uint8Array }) => void; readonly reject: (error: Error) => void };

/** One zygote: takes one job at a time. */
export class ZygoteProcess {
  readonly #process: ChildProcess;
  readonly #limits: SandboxLimits;
  readonly #reader: FrameReader;
  readonly #outbox = new Outbox();
  readonly #oomKills = new OomKills();
  /** By hash; the zygote knows them by number alone, since jobs inherit what it knows. */
  readonly #pictures = new Map<string, { readonly key: string; readonly bytes: number }>();
  #pictureNumber = 0;
  #waiting: Waiting | undefined;
  #errorText = '';
  #failure: ZygoteFailure | undefined;

  private constructor(launch: Launch, limits: SandboxLimits) {
    this.#limits = limits;
    this.#reader = new FrameReader(2 * limits.streamBytes + limits.fileBytes);
    // A process group of its own: Ctrl-C on the terminal is for the app, and a kill reaches everything.
    this.#process = spawn(launch.command, launch.options, { stdio: ['pipe', 'pipe', 'pipe', this.#outbox.descriptor], env: { ...launch.environment }, cwd: '/', detached: true });
    this.#process.on('error', (error) => this.#fail(error.message));
    this.#process.on('close', (status, signal) => {
      this.#fail(this.#errorText.trim() || `it ended with ${signal ?? `status ${status}`}`);
      this.#outbox.close();
      launch.release();
    });
    this.#process.stderr?.on('data', (data: Buffer) => (this.#errorText = (this.#errorText + data.toString()).slice(-keptErrorText)));
    this.#process.stdout?.on('data', (data: Buffer) => this.#take(data));
    this.#process.stdin?.on('error', () => undefined);
  }

  /** @throws ZygoteFailure with the reason where it does not come up: this tier does not work here. */
  static async start(launch: Launch, limits: SandboxLimits): Promise<{ readonly zygote: ZygoteProcess; readonly greeting: Greeting }> {
    const zygote = new ZygoteProcess(launch, limits);
    const { header } = await zygote.#answer(startMs, 'gave no sign after its start');
    const parsed = greeting.safeParse(header);
    if (!parsed.success) throw zygote.#fail('it greets with something else');
    return { zygote, greeting: parsed.data };
  }

  get alive(): boolean {
    return this.#failure === undefined;
  }

  /**
   * Runs a job to its end. A signal kills the job, and the reason is thrown.
   * @throws ZygoteFailure where the zygote died or hangs.
   */
  async run(job: CodeJob, signal?: AbortSignal): Promise<CodeResult> {
    signal?.throwIfAborted();
    const limits = this.#limits;
    const code = Buffer.from(job.code, 'utf8');
    const picture = job.image && this.#putPicture(job.image);
    this.#send({
      op: 'run', ...(picture && { picture }), wall_ms: limits.wallMs, cpu_s: limits.cpuSeconds, memory_bytes: limits.memoryBytes, file_bytes: limits.fileBytes,
      pixels: limits.outputPixels, outputs: limits.outputs, output_bytes: limits.fileBytes,
    }, code);
    const cancel = (): void => this.#send({ op: 'cancel' });
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const { header, payload } = await this.#answer(limits.wallMs + watchdogMs, 'did not end a job in time');
      signal?.throwIfAborted();
      return this.#result(header, payload);
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Kills it and everything in it; resolves when it is gone. */
  async close(): Promise<void> {
    this.#fail('it was closed');
    if (this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined) {
      await new Promise((resolve) => this.#process.once('close', resolve));
    }
  }

  #result(header: unknown, payload: Uint8Array): CodeResult {
    const parsed = facts.safeParse(header);
    if (!parsed.success) throw this.#fail('it reports something else than the end of a job');
    const { output_bytes: output, error_bytes: errors, result_bytes: result, result_in_outbox: inOutbox, ms, reason } = parsed.data;
    if (output + errors + (inOutbox ? 0 : result) !== payload.length || result > this.#limits.fileBytes) throw this.#fail('its lengths do not add up');
    const pictures = inOutbox ? this.#outbox.take(result) : payload.subarray(output + errors);
    if (!pictures) throw this.#fail('a result is shorter than it says');
    const text = (start: number, end: number): string => Buffer.from(payload.buffer, payload.byteOffset + start, end - start).toString('utf8');
    const outputs = parseOutputs(pictures, this.#limits);
    const note = 'malformed' in outputs ? `sandbox: the outputs were refused: ${outputs.malformed}\n` : reason ? `sandbox: ${reason}\n` : '';
    const ended = parsed.data.ended ?? (parsed.data.signal === os.constants.signals.SIGKILL && this.#oomKills.happened() ? 'killed_oom' : null);
    return {
      status: statusOf({ ...parsed.data, ended }),
      stdout: text(0, output),
      stderr: text(output, output + errors) + note,
      outputs: 'malformed' in outputs ? [] : outputs,
      ms,
    };
  }

  /** Uploads an image once; those used longest ago make room. Returns its key. */
  #putPicture(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const known = this.#pictures.get(hash);
    const picture = known ?? { key: String(this.#pictureNumber++), bytes: bytes.length };
    this.#pictures.delete(hash);
    this.#pictures.set(hash, picture);
    if (!known) {
      let kept = this.#pictures.values().reduce((sum, each) => sum + each.bytes, 0);
      for (const [old, { key, bytes: size }] of this.#pictures) {
        if (kept <= keptPictureBytes && this.#pictures.size <= mostPictures) break;
        this.#pictures.delete(old);
        this.#send({ op: 'drop', key });
        kept -= size;
      }
      this.#send({ op: 'put', key: picture.key }, bytes);
    }
    return picture.key;
  }

  #send(header: Readonly<Record<string, unknown>>, payload?: Uint8Array): void {
    if (payload && payload.length > largestPayload) throw new RangeError(`a payload of ${payload.length} bytes`);
    const { stdin } = this.#process;
    if (!stdin || this.#failure) return;
    stdin.cork();
    for (const part of encodeFrame(header, payload)) stdin.write(part);
    stdin.uncork();
  }

  async #answer(limitMs: number, late: string): Promise<{ header: unknown; payload: Uint8Array }> {
    if (this.#failure) throw this.#failure;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
        timer = setTimeout(() => this.#fail(late), limitMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }

  #take(data: Buffer): void {
    try {
      for (const frame of this.#reader.push(data)) {
        if (!this.#waiting) throw new FrameError('an answer to nothing');
        this.#waiting.resolve(frame);
        this.#waiting = undefined;
      }
    } catch (error) {
      this.#fail((error as Error).message);
    }
  }

  /** The first failure counts; nothing is sent or believed after it. */
  #fail(reason: string): ZygoteFailure {
    this.#failure ??= new ZygoteFailure(`the sandbox process failed: ${reason}`);
    try {
      if (this.#process.pid !== undefined && this.#process.exitCode === null) process.kill(-this.#process.pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
    this.#waiting?.reject(this.#failure);
    this.#waiting = undefined;
    return this.#failure;
  }
}
