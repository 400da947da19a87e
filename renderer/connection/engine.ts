import type { AppContract } from '../../preload/contract.ts';
import { type Client, EngineError, connect } from '../../preload/rpc/connect.ts';
import type { CallName, Calls, StreamName, Streams } from '../../preload/rpc/frames.ts';
import { openPort } from './ports.ts';

/** `gone`: it was there, and nobody has answered for so long that nobody starts it again. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'gone';
type Listener = () => void;

/** Longest wait for a connection before a call says that there is none. */
const patienceMs = 15_000;

/** Time in which an engine that crashed is started again, also after several crashes (main/supervisor.ts). */
const goneMs = 15_000;

/** The engine of this window. It connects anew for as long as the window is open: an engine that crashed comes back. */
class Engine {
  state: ConnectionState = 'connecting';
  #client: Client<AppContract> | undefined;
  readonly #listeners = new Set<Listener>();

  constructor() {
    void this.#keepConnected();
  }

  readonly subscribe = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async call<M extends CallName<AppContract>>(method: M, input: Calls<AppContract>[M]['input'], signal?: AbortSignal): Promise<Calls<AppContract>[M]['output']> {
    return (await this.#connected()).call(method, input, signal && { signal });
  }

  async *stream<M extends StreamName<AppContract>>(method: M, input: Streams<AppContract>[M]['input'], signal?: AbortSignal): AsyncGenerator<Streams<AppContract>[M]['item'], void> {
    yield* (await this.#connected()).stream(method, input, signal && { signal });
  }

  #connected(): Promise<Client<AppContract>> {
    if (this.#client) return Promise.resolve(this.#client);
    return new Promise((resolve, reject) => {
      const stop = this.subscribe(() => {
        if (!this.#client) return;
        clearTimeout(timer);
        stop();
        resolve(this.#client);
      });
      const timer = setTimeout(() => {
        stop();
        reject(new EngineError({ code: 'DISCONNECTED', message: 'The engine cannot be reached.' }));
      }, patienceMs);
    });
  }

  async #keepConnected(): Promise<never> {
    for (let failures = 0; ; ) {
      try {
        const port = await openPort();
        const closed = new Promise<void>((resolve) => port.onClose(() => resolve()));
        this.#client = connect<AppContract>(port);
        failures = 0;
        this.#become('open');
        await closed;
      } catch {
        failures += 1;
      }
      this.#client = undefined;
      if (this.state === 'open') this.#lose();
      await new Promise((resolve) => setTimeout(resolve, Math.min(3000, 200 * 2 ** failures)));
    }
  }

  #lose(): void {
    this.#become('lost');
    const timer = setTimeout(() => {
      stop();
      this.#become('gone');
    }, goneMs);
    const stop = this.subscribe(() => {
      clearTimeout(timer);
      stop();
    });
  }

  #become(state: ConnectionState): void {
    this.state = state;
    for (const listener of this.#listeners) listener();
  }
}

export const engine = new Engine();
