import type { z } from 'zod';

// What crosses between the engine and a window: requests that are answered once, and streams whose items come in batches
// under a credit, so that a slow reader never makes the engine hold more than a window of items. Everything is plain
// JSON data, so a WebSocket and a MessagePort carry the same.

/** BAD_INPUT: refused, with what to do. INTERNAL: a fault of ours. BUSY: too much at once. */
export type ErrorCode = 'BAD_INPUT' | 'CANCELLED' | 'DISCONNECTED' | 'NO_METHOD' | 'BUSY' | 'INTERNAL';

export type FrameError = {
  readonly code: ErrorCode;
  readonly message: string;
  /** For BAD_INPUT from the engine: the parts of an InputError. */
  readonly details?: { readonly thing: string; readonly expected: string; readonly found: string; readonly remedy: string };
};

export type Frame =
  | { readonly kind: 'request'; readonly id: number; readonly method: string; readonly input?: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: FrameError }
  | { readonly kind: 'items'; readonly id: number; readonly items: readonly unknown[] }
  | { readonly kind: 'credit'; readonly id: number; readonly count: number }
  | { readonly kind: 'cancel'; readonly id: number };

/** A way for frames, whatever carries them. */
export type Port = {
  readonly post: (frame: Frame) => void;
  readonly onFrame: (listener: (frame: Frame) => void) => void;
  readonly onClose: (listener: (reason: string) => void) => void;
  readonly close: () => void;
};

/** Items of a stream that may be under way before the reader says that it took some. */
export const streamWindow = 512;

export type Call<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = { readonly kind: 'call'; readonly input: I; readonly output: O };
export type Stream<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = { readonly kind: 'stream'; readonly input: I; readonly item: O };
export type Contract = Readonly<Record<string, Call | Stream>>;

export const call = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Call<I, O> => ({ kind: 'call', input, output });
export const stream = <I extends z.ZodType, O extends z.ZodType>(input: I, item: O): Stream<I, O> => ({ kind: 'stream', input, item });

export type Calls<C extends Contract> = { [K in keyof C as C[K] extends Call ? K : never]: C[K] extends Call<infer I, infer O> ? { input: z.input<I>; output: z.output<O> } : never };
export type Streams<C extends Contract> = { [K in keyof C as C[K] extends Stream ? K : never]: C[K] extends Stream<infer I, infer O> ? { input: z.input<I>; item: z.output<O> } : never };
export type CallName<C extends Contract> = Extract<keyof Calls<C>, string>;
export type StreamName<C extends Contract> = Extract<keyof Streams<C>, string>;
