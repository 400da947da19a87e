/** What a job may use. The work folder and the streams are set when a zygote starts, the rest with each job. */
export type SandboxLimits = {
  readonly wallMs: number;
  readonly cpuSeconds: number;
  /** Address space beyond what Python and its packages take. */
  readonly memoryBytes: number;
  /** The work folder: bytes of all files, and how many files. */
  readonly diskBytes: number;
  readonly diskFiles: number;
  /** One file, and all output images together as raw RGB. */
  readonly fileBytes: number;
  readonly openFiles: number;
  /** Captured of each stream; a job that prints `floodBytes` more is killed. */
  readonly streamBytes: number;
  readonly floodBytes: number;
  readonly outputs: number;
  readonly outputPixels: number;
};

const kibi = 1024;
const mebi = 1024 ** 2;

export const defaultLimits: SandboxLimits = {
  wallMs: 5000,
  cpuSeconds: 5,
  memoryBytes: 512 * mebi,
  diskBytes: 64 * mebi,
  diskFiles: 512,
  fileBytes: 64 * mebi,
  openFiles: 64,
  streamBytes: 64 * kibi,
  floodBytes: 16 * mebi,
  outputs: 8,
  outputPixels: 16_000_000,
};

/** Bytes of code, or of an encoded image, that go to a zygote in one frame (native/sandbox/frames.py). */
export const largestPayload = 64 * mebi;
