import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { InputError } from '../records/input-error.ts';
import type { EngineReady } from '../engine/process.ts';
import { shipped } from '../shipped.ts';
import { type EngineProcess, supervise } from '../supervisor.ts';
import { type CommandSetup, examples, integer, jsonOption } from './command.ts';

const pagesFolder = shipped('out/renderer');

/** The engine as a child process that serves browsers; started again it keeps port and token, so that windows find it. */
function startEngineProcess(port: number, before: EngineReady | undefined): EngineProcess {
  const child = fork(path.join(import.meta.dirname, '../engine/process.ts'), [], {
    env: { ...process.env, ARFT_PAGES: pagesFolder, ARFT_SERVE_PORT: String(before?.port ?? port), ...(before?.token !== undefined && { ARFT_SERVE_TOKEN: before.token }) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Ctrl-C reaches the parent alone, which asks the engine to end.
    detached: true,
  });
  return {
    onMessage: (listener) => void child.on('message', (message) => listener(message as EngineReady)),
    onExit: (listener) => void child.once('exit', (code, signal) => listener(signal ?? `status ${code}`)),
    stop: () => void child.kill('SIGTERM'),
  };
}

export const serveCommand: CommandSetup = (run) =>
  new Command('serve')
    .description('the app in a browser: serves it on 127.0.0.1, for this machine or one that tunnels here')
    .option('--port <n>', 'a port of this machine; a free one by default', integer(0, 65_535), 0)
    .addOption(jsonOption())
    .addHelpText('after', examples('serve', 'serve --port 4173'))
    .action((options: { port: number; json: boolean }) =>
      run(async ({ terminal, signal }) => {
        if (!existsSync(path.join(pagesFolder, 'index.html'))) throw new InputError({ thing: 'the pages', expected: `their built files in ${pagesFolder}`, found: 'none', remedy: 'Run npm run build.' });
        let told = false;
        const gaveUp = new AbortController();
        const supervisor = supervise((before) => startEngineProcess(options.port, before), (event) => {
          if (event.kind === 'crashed') terminal.log(`The engine ended (${event.status}); it starts again. Runs and evaluations go on or can be resumed.`);
          if (event.kind === 'gaveUp') gaveUp.abort(new Error(event.reason));
          if (event.kind === 'ready' && !told) {
            told = true;
            terminal.result({ url: event.ready.url, port: event.ready.port }, `${event.ready.url}\nOpen this address in a browser of this machine. Ctrl-C ends.`);
          }
        });
        const end = AbortSignal.any([signal, gaveUp.signal]);
        await new Promise<void>((resolve) => {
          if (end.aborted) return resolve();
          end.addEventListener('abort', () => resolve(), { once: true });
        });
        await supervisor.stop();
        if (gaveUp.signal.aborted) throw gaveUp.signal.reason;
      }, options.json),
    );
