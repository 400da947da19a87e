import { EventEmitter } from 'node:events';

/** One end of a channel; messages wait until somebody listens. `far` carries them to another process instead. */
export class Port extends EventEmitter {
  peer: Port | undefined;
  far: ((message: unknown) => void) | undefined;
  #waiting: unknown[] = [];
  #started = false;

  postMessage(message: unknown): void {
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.peer?.deliver(copy));
  }

  deliver(message: unknown): void {
    if (this.far) this.far(message);
    else if (this.#started) this.emit('message', { data: message, ports: [] });
    else this.#waiting.push(message);
  }

  start(): void {
    this.#started = true;
    for (const message of this.#waiting.splice(0)) this.emit('message', { data: message, ports: [] });
  }

  /** From now on what arrives here goes on to another process. */
  carry(far: (message: unknown) => void): void {
    this.far = far;
    for (const message of this.#waiting.splice(0)) far(message);
  }

  close(): void {
    this.emit('close');
    this.peer?.emit('close');
  }
}

export class MessageChannelMain {
  readonly port1 = new Port();
  readonly port2 = new Port();

  constructor() {
    this.port1.peer = this.port2;
    this.port2.peer = this.port1;
  }
}

/** Between a stand-in of Electron and its child: a message with ports, or one for a port. */
export type Wire = { readonly message?: unknown; readonly ports?: readonly number[]; readonly port?: number; readonly closed?: boolean };
