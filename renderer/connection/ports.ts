import type { Frame, Port } from '../../preload/rpc/frames.ts';

/** What the preload script offers where the window belongs to the desktop app. */
export type Shell = {
  /** Asks for a port to the engine; it comes as a message `{arft: 'port'}` of this window. */
  readonly requestPort: () => void;
  readonly pickFolder: () => Promise<string | null>;
  readonly pathOfFile: (file: File) => string;
};

declare global {
  interface Window {
    readonly arftShell?: Shell;
  }
}

/** A port to the engine: a MessagePort in the desktop app, a WebSocket in a browser. */
export const openPort = (): Promise<Port> => (window.arftShell ? desktopPort(window.arftShell) : browserPort());

function browserPort(): Promise<Port> {
  const socket = new WebSocket(`ws://${location.host}/rpc`);
  return new Promise((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error('The engine cannot be reached.')), { once: true });
    socket.addEventListener('open', () =>
      resolve({
        post: (frame) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
        },
        onFrame: (listener) => socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)) as Frame)),
        onClose: (listener) => socket.addEventListener('close', () => listener('The connection to the engine is closed.')),
        close: () => socket.close(),
      }),
    );
  });
}

function desktopPort(shell: Shell): Promise<Port> {
  return new Promise((resolve) => {
    const receive = ({ source, data, ports: [port] }: MessageEvent): void => {
      if (source !== window || (data as { arft?: string } | null)?.arft !== 'port' || !port) return;
      window.removeEventListener('message', receive);
      port.start();
      resolve({
        post: (frame) => port.postMessage(frame),
        onFrame: (listener) => port.addEventListener('message', ({ data: frame }) => listener(frame as Frame)),
        onClose: (listener) => port.addEventListener('close', () => listener('The engine has ended.')),
        close: () => port.close(),
      });
    };
    window.addEventListener('message', receive);
    shell.requestPort();
  });
}
