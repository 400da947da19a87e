import { homeFolder } from '../home.ts';
import { type MessagePortLike, messagePort } from '../rpc/ports.ts';
import { startServer } from '../serve/server.ts';
import { type Engine, openEngine } from './engine.ts';

// The engine as a process of its own: under Electron a utility process that is handed a port for each window, under
// `arft serve` a child that answers browsers. Whoever started it watches over it (main/supervisor.ts).

/** Sent by the engine once, when windows may come. */
export type EngineReady = { readonly kind: 'ready'; readonly url?: string; readonly port?: number; readonly token?: string };

/** What Electron's utility process has, and Node has not. */
type ParentPort = { on(event: 'message', listener: (event: { readonly ports: readonly MessagePortLike[] }) => void): void; postMessage(message: unknown): void };

const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort;
const tell = (message: EngineReady | { readonly kind: 'refused'; readonly message: string }): void => void (parentPort ? parentPort.postMessage(message) : process.send?.(message));

let opened: Engine | undefined;
try {
  const engine = await openEngine({ home: homeFolder(), log: (message) => void process.stderr.write(`${message}\n`) });
  opened = engine;
  const { ARFT_SERVE_PORT: port, ARFT_SERVE_TOKEN: token, ARFT_PAGES: pages } = process.env;
  const server = port !== undefined && pages !== undefined ? await startServer({ home: engine.context.home, images: engine.context.images, pages, attach: engine.attach, port: Number(port), ...(token && { token }) }) : undefined;
  parentPort?.on('message', ({ ports }) => ports.forEach((each) => engine.attach(messagePort(each))));
  const close = async (): Promise<void> => {
    await server?.close();
    await engine.close();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close());
  // The parent is gone: nobody would ever stop this process.
  process.once('disconnect', () => void close());
  tell({ kind: 'ready', ...(server && { url: server.url, port: server.port, token: server.token }) });
} catch (error) {
  tell({ kind: 'refused', message: (error as Error).message });
  // What the engine does in the background would keep the process alive.
  await opened?.close();
  process.exitCode = 1;
  process.disconnect?.();
}
