import type { Passage } from './trajectory.ts';

// The seams between the agent and its world: one-line function types, so that tests and replays can stand in.

/** Pixels as a decoder leaves them: 8-bit RGB, row by row, width·height·3 bytes. */
export type RawImage = { readonly width: number; readonly height: number; readonly data: Uint8Array };

export type CodeJob = {
  readonly code: string;
  /** The bytes of the encoded image (JPEG, PNG …) that the code works on. */
  readonly image?: Uint8Array;
};

export type CodeOutput = { readonly name: string; readonly image: RawImage };

/** What became of a job. `ok`, or how it ended: `exit N`, `signal N`, `seccomp_kill`, `wall_timeout` … (native/sandbox). */
export type CodeResult = {
  readonly status: string;
  readonly stdout: string;
  readonly stderr: string;
  /** In the order in which they were written. */
  readonly outputs: readonly CodeOutput[];
  readonly ms: number;
};

/** Runs the agent's code. Throws ToolFault where the sandbox, not the code, is at fault; the signal's reason while the code runs. */
export type RunCode = (job: CodeJob, signal?: AbortSignal) => Promise<CodeResult>;

/** Looks a query up; best first. Throws ToolFault where the engine, not the query, is at fault. */
export type Search = (query: string, signal?: AbortSignal) => Promise<readonly Passage[]>;

/** A tool of ours failed: the episode becomes invalid and is counted, it is never scored as the model's fault. */
export class ToolFault extends Error {
  readonly where: 'policy' | 'sandbox' | 'search' | 'data';

  constructor(where: ToolFault['where'], reason: string, options?: { cause?: unknown }) {
    super(reason, options);
    this.name = 'ToolFault';
    this.where = where;
  }
}

/** The reason with which an episode's clock aborts what is under way. Whose time it was, the one that is aborted knows. */
export class TimeUp extends Error {
  readonly ms: number;

  constructor(ms: number) {
    super(`the episode's ${ms / 1000} s are over`);
    this.name = 'TimeUp';
    this.ms = ms;
  }
}

/** A conversation has grown beyond what the model can read: the episode ends, as at a limit of its own. */
export class ContextFull extends Error {
  /** What the model can read, where that is known. */
  readonly tokens: number | undefined;

  constructor(tokens: number | undefined) {
    super(`the conversation is longer than the model's context${tokens === undefined ? '' : ` of ${tokens} tokens`}`);
    this.name = 'ContextFull';
    this.tokens = tokens;
  }
}
