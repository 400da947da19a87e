import path from 'node:path';
import { type UtilityProcess, utilityProcess } from 'electron';
import type { EngineReady } from '../engine/process.ts';
import type { EngineProcess } from '../supervisor.ts';

/** The engine as Electron's utility process; `child` is handed a port for each window. */
export function startEngineProcess(home: string): EngineProcess & { readonly child: UtilityProcess } {
  const child = utilityProcess.fork(path.join(import.meta.dirname, '../engine/process.ts'), [], { serviceName: 'ARFT engine', stdio: 'inherit', env: { ...process.env, ARFT_HOME: home } });
  return {
    child,
    onMessage: (listener) => void child.on('message', (message: EngineReady) => listener(message)),
    onExit: (listener) => void child.once('exit', (code) => listener(`status ${code}`)),
    stop: () => void child.kill(),
  };
}
