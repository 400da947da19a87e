import type { CallName, Calls, Contract, ErrorCode, Frame, FrameError, Port, StreamName, Streams } from './frames.ts';

/** What the engine answered instead of a result. */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly details: FrameError['details'];

  constructor({ code, message, details }: FrameError) {
    super(message);
    this.name = 'EngineError';
    this.code = code;
    this.details = details;
  }
}

type Options = { readonly signal?: AbortSignal };

/** The engine, as a window sees it. */
export type Client<C extends Contract> = {
  call<M extends CallName<C>>(method: M, input: Calls<C>[M]['input'], options?: Options): Promise<Calls<C>[M]['output']>;
  stream<M extends StreamName<C>>(method: M, input: Streams<C>[M]['input'], options?: Options): AsyncGenerator<Streams<C>[M]['item'], void>;
  close(): void;
};

type Pending = { readonly onItems: (items: readonly unknown[]) => void; readonly onResult: (value: unknown) => void; readonly onError: (error: EngineError) => void };

/**
 * Calls over a port. It needs the contract's types only, so that a window need not load its schemas.
 * @throws EngineError from every call: DISCONNECTED when the port closed, else as the engine said.
 */
export function connect<C extends Contract>(port: Port): Client<C> {
  const pending = new Map<number, Pending>();
  let last = 0;
  let closed: string | undefined;

  port.onFrame((frame) => receive(frame, pending));
  port.onClose((reason) => {
    closed = reason;
    const waiting = [...pending.values()];
    pending.clear();
    for (const each of waiting) each.onError(new EngineError({ code: 'DISCONNECTED', message: reason }));
  });

  const open = (method: string, input: unknown, each: Pending, signal?: AbortSignal): number => {
    if (closed !== undefined || signal?.aborted) {
      const error = new EngineError(closed === undefined ? { code: 'CANCELLED', message: 'cancelled' } : { code: 'DISCONNECTED', message: closed });
      queueMicrotask(() => each.onError(error));
      return 0;
    }
    const id = ++last;
    const cancel = (): void => {
      if (pending.has(id)) port.post({ kind: 'cancel', id });
    };
    const settled = <T>(then: (value: T) => void) => (value: T) => {
      signal?.removeEventListener('abort', cancel);
      then(value);
    };
    pending.set(id, { onItems: each.onItems, onResult: settled(each.onResult), onError: settled(each.onError) });
    signal?.addEventListener('abort', cancel, { once: true });
    port.post({ kind: 'request', id, method, input });
    return id;
  };

  return {
    call: (method, input, options) => new Promise((resolve, reject) => open(String(method), input, { onItems: () => {}, onResult: resolve as (value: unknown) => void, onError: reject }, options?.signal)),
    async *stream(method, input, options) {
      let items: unknown[] = [];
      let end: { readonly error?: EngineError } | undefined;
      let wake = (): void => {};
      const finish = (error?: EngineError): void => {
        end ??= error ? { error } : {};
        wake();
      };
      const id = open(String(method), input, {
        onItems: (more) => {
          items.push(...more);
          wake();
        },
        onResult: () => finish(),
        onError: finish,
      }, options?.signal);
      try {
        for (;;) {
          const batch = items;
          items = [];
          yield* batch as never[];
          if (batch.length > 0 && pending.has(id)) port.post({ kind: 'credit', id, count: batch.length });
          if (items.length > 0) continue;
          if (end?.error) throw end.error;
          if (end) return;
          await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        if (pending.delete(id)) port.post({ kind: 'cancel', id });
      }
    },
    close: () => port.close(),
  };
}

function receive(frame: Frame, pending: Map<number, Pending>): void {
  const each = pending.get(frame.id);
  if (!each) return;
  if (frame.kind === 'items') return each.onItems(frame.items);
  if (frame.kind !== 'result' && frame.kind !== 'error') return;
  pending.delete(frame.id);
  if (frame.kind === 'result') each.onResult(frame.value);
  else each.onError(new EngineError(frame.error));
}
