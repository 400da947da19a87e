import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CodeJob, CodeResult } from '../records/tools.ts';
import { FrameReader, encodeFrame } from './frames.ts';
import type { SandboxLimits } from './limits.ts';
import { parseOutputs } from './outputs.ts';
import { type Facts, type Greeting, greeting, statusOf } from './status.ts';
import { quotaStatus } from './windows.ts';

const startMs = 30_000;
// What a dead process printed last is read by then; whoever still holds its streams is not waited for.
const lastWordsMs = 2000;
// No file system limits what is written there, so it is looked at.
const lookMs = 20;
// Ctrl-C on the terminal is for the app, and a kill reaches everything, also what a launcher has only begun to start.
const ownGroup = process.platform !== 'win32';
const cpuSignals: readonly (NodeJS.Signals | null)[] = ['SIGXCPU'];

/** The folders of one runner: `work` is what its job sees. */
export type Scratch = { readonly folder: string; readonly work: string; readonly result: string };
export type SingleUseLaunch = (scratch: Scratch) => { readonly command: readonly string[]; readonly environment: Readonly<Record<string, string>> };

function makeScratch(): Scratch {
  const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'arft-sandbox-')));
  const [work, result] = [path.join(folder, 'work'), path.join(folder, 'result')];
  mkdirSync(work);
  writeFileSync(result, '');
  return { folder, work, result };
}

/**
 * A process that waits for one job, does it and ends (native/sandbox/single_use.py). The job runs in it, so nothing it
 * says is trusted: how it ended is what the system says, and the result is a file that may hold anything.
 */
export class SingleUseRunner {
  readonly greeting: Promise<Greeting>;
  readonly #limits: SandboxLimits;
  readonly #scratch = makeScratch();
  readonly #process: ChildProcess;
  readonly #streams: readonly [Captured, Captured];
  readonly #ended: Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
  #errorOfStart = '';

  constructor(launch: SingleUseLaunch, limits: SandboxLimits) {
    this.#limits = limits;
    const { command, environment } = launch(this.#scratch);
    const [program = '', ...options] = command;
    this.#process = spawn(program, options, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...environment }, cwd: this.#scratch.work, windowsHide: true, detached: ownGroup });
    const most = limits.streamBytes + limits.floodBytes;
    this.#streams = [new Captured(limits.streamBytes, most), new Captured(limits.streamBytes, most)];
    this.#process.stdin?.on('error', () => undefined);
    this.#process.on('error', (error) => (this.#errorOfStart = error.message));
    this.#process.on('exit', () => setTimeout(() => this.#dropStreams(), lastWordsMs).unref());
    this.#process.stderr?.on('data', (data: Buffer) => this.#streams[1].take(data));
    this.#ended = new Promise((resolve) => this.#process.on('close', (status, signal) => resolve({ status, signal })));
    this.greeting = this.#greeted();
    this.greeting.catch(() => this.kill());
  }

  kill(): void {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      if (ownGroup) process.kill(-pid, 'SIGKILL');
      else this.#process.kill('SIGKILL');
    } catch {
      // It is gone already.
    }
  }

  /** Kills it where it runs, and removes its folder. */
  async close(): Promise<void> {
    this.kill();
    await this.#ended;
    rmSync(this.#scratch.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Runs the one job. A signal kills it, and the reason is thrown. */
  async run(job: CodeJob, signal?: AbortSignal): Promise<CodeResult> {
    await this.greeting;
    const limits = this.#limits;
    const start = performance.now();
    let reason: Facts['ended'] = null;
    const end = (why: NonNullable<Facts['ended']>): void => {
      reason ??= why;
      this.kill();
    };
    for (const stream of this.#streams) stream.onFlood = () => end('output_flood');
    const clock = setTimeout(() => end('wall_timeout'), limits.wallMs);
    const look = setInterval(() => this.#writtenTooMuch() && end('disk_flood'), lookMs);
    const cancel = (): void => end('cancelled');
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    const code = Buffer.from(job.code, 'utf8');
    const header = { code_bytes: code.length, pixels: limits.outputPixels, outputs: limits.outputs, output_bytes: limits.fileBytes };
    for (const part of encodeFrame(header, Buffer.concat([code, job.image ?? new Uint8Array()]))) this.#process.stdin?.write(part);
    this.#process.stdin?.end();
    const { status, signal: sign } = await this.#ended;
    clearTimeout(clock);
    clearInterval(look);
    signal?.removeEventListener('abort', cancel);
    signal?.throwIfAborted();
    const usedUp = cpuSignals.includes(sign) || (process.platform === 'win32' && status === quotaStatus);
    const ended = reason ?? (usedUp ? 'cpu_limit' : null);
    const outputs = ended === null || ended === 'cpu_limit' ? parseOutputs(this.#result(), limits) : [];
    const [stdout, stderr] = this.#streams.map((stream) => stream.text) as [string, string];
    return {
      status: statusOf({ ended, exit: status, signal: sign === null ? null : os.constants.signals[sign] }),
      stdout,
      stderr: 'malformed' in outputs ? `${stderr}sandbox: the outputs were refused: ${outputs.malformed}\n` : stderr,
      outputs: 'malformed' in outputs ? [] : outputs,
      ms: Math.round((performance.now() - start) * 100) / 100,
    };
  }

  #greeted(): Promise<Greeting> {
    const reader = new FrameReader(0);
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(this.#errorOfStart || this.#streams[1].text.trim() || why));
      const clock = setTimeout(() => fail('gave no sign after its start'), startMs);
      const take = (data: Buffer): void => {
        try {
          const [frame] = reader.push(data);
          if (!frame) return;
          const parsed = greeting.safeParse(frame.header);
          this.#process.stdout?.off('data', take).on('data', (more: Buffer) => this.#streams[0].take(more));
          if (parsed.success) resolve(parsed.data);
          else fail('it greets with something else');
        } catch (error) {
          fail((error as Error).message);
        }
      };
      this.#process.stdout?.on('data', take);
      void this.#ended.then(({ status, signal }) => {
        clearTimeout(clock);
        fail(`it ended with ${signal ?? `status ${status}`}`);
      });
      void this.#ended.finally(() => clearTimeout(clock));
    });
  }

  #dropStreams(): void {
    for (const stream of [this.#process.stdin, this.#process.stdout, this.#process.stderr]) stream?.destroy();
  }

  #writtenTooMuch(): boolean {
    let [bytes, files] = [0, 0];
    try {
      for (const entry of readdirSync(this.#scratch.work, { recursive: true, withFileTypes: true })) {
        files += 1;
        if (entry.isFile()) bytes += statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
      }
    } catch (error) {
      // Removed in between is nothing; what cannot be looked at is too much.
      return (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
    return bytes > this.#limits.diskBytes || files > this.#limits.diskFiles;
  }

  /** What the job left; nothing where it is no plain file any more, or too long. */
  #result(): Uint8Array {
    let descriptor: number;
    try {
      descriptor = openSync(this.#scratch.result, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    } catch {
      return new Uint8Array();
    }
    try {
      const facts = fstatSync(descriptor);
      return facts.isFile() && facts.nlink === 1 && facts.size <= this.#limits.fileBytes ? readFileSync(descriptor) : new Uint8Array();
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The first bytes of a stream; what comes after is counted. */
class Captured {
  onFlood: () => void = () => undefined;
  readonly #kept: Buffer[] = [];
  readonly #most: number;
  readonly #flood: number;
  #count = 0;

  constructor(most: number, flood: number) {
    this.#most = most;
    this.#flood = flood;
  }

  take(data: Buffer): void {
    const room = this.#most - this.#count;
    if (room > 0) this.#kept.push(data.subarray(0, room));
    this.#count += data.length;
    if (this.#count > this.#flood) this.onFlood();
  }

  get text(): string {
    return Buffer.concat(this.#kept).toString('utf8');
  }
}
