import type { WebSocket } from 'ws';
import type { Frame, Port } from '../../preload/rpc/frames.ts';
import { readFrame } from './frame-schema.ts';

/** Frames that wait for a slow reader, in bytes; beyond it the connection is given up, and what it asked for is cancelled. */
const mostWaiting = 64 * 1024 ** 2;

/** A window behind a WebSocket: one frame of JSON a message. What is no frame ends the connection. */
export function webSocketPort(socket: WebSocket): Port {
  return {
    post: (frame) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > mostWaiting) return socket.terminate();
      socket.send(JSON.stringify(frame));
    },
    onFrame: (listener) => {
      socket.on('message', (data, isBinary) => {
        const frame = isBinary || !Buffer.isBuffer(data) ? undefined : parseFrame(data.toString());
        if (frame) listener(frame);
        else socket.close(1003, 'not a frame');
      });
    },
    onClose: (listener) => {
      socket.on('close', () => listener('The connection to the engine is closed.'));
      socket.on('error', () => socket.terminate());
    },
    close: () => socket.close(),
  };
}

function parseFrame(text: string): Frame | undefined {
  try {
    return readFrame(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** What Electron's MessagePortMain and a port of Node's worker_threads have in common. */
export type MessagePortLike = {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: { readonly data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  close(): void;
};

/** A window behind an Electron MessagePort. */
export function messagePort(port: MessagePortLike): Port {
  return {
    post: (frame) => port.postMessage(frame),
    onFrame: (listener) => {
      port.on('message', ({ data }) => {
        const frame = readFrame(data);
        if (frame) listener(frame);
      });
      port.start();
    },
    onClose: (listener) => void port.on('close', () => listener('The window is closed.')),
    close: () => port.close(),
  };
}

/** Two ports in one process; frames pass through JSON, as they do between processes. */
export function portPair(): readonly [Port, Port] {
  const ends = [0, 1].map(() => ({ frames: [] as ((frame: Frame) => void)[], closes: [] as ((reason: string) => void)[] }));
  const side = (own: number): Port => ({
    post: (frame) => {
      const text = JSON.stringify(frame);
      queueMicrotask(() => ends[1 - own]?.frames.forEach((listener) => listener(JSON.parse(text) as Frame)));
    },
    onFrame: (listener) => void ends[own]?.frames.push(listener),
    onClose: (listener) => void ends[own]?.closes.push(listener),
    close: () => ends.forEach(({ closes }) => closes.forEach((listener) => listener('closed'))),
  });
  return [side(0), side(1)];
}
