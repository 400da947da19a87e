import path from 'node:path';
import { BrowserWindow, MessageChannelMain, app, dialog, protocol, session } from 'electron';
import { ImageStore } from './data/image-store.ts';
import { answerAppRequest, appOrigin } from './desktop/app-files.ts';
import { startEngineProcess } from './desktop/engine-process.ts';
import { answerShellCalls } from './desktop/shell-calls.ts';
import { openWindow } from './desktop/window.ts';
import { homeFolder } from './home.ts';
import { shipped } from './shipped.ts';
import { supervise } from './supervisor.ts';

// The desktop app: windows, their files, and an eye on the engine. Runs, models and the sandbox belong to the engine.

protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } }]);

const home = homeFolder();
const images = new ImageStore(path.join(home, 'images'));
let engine: ReturnType<typeof startEngineProcess> | undefined;
let ready = false;

/** Joins a window to the engine; only ports pass through here. A window without an engine asks again. */
function givePort(window: BrowserWindow): void {
  if (!engine || !ready) return;
  const { port1, port2 } = new MessageChannelMain();
  engine.child.postMessage({ kind: 'port' }, [port1]);
  window.webContents.postMessage('arft:port', null, [port2]);
}

function show(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window?.isMinimized()) window.restore();
  if (window) window.focus();
  else void openWindow().loadURL(`${appOrigin}/index.html`);
}

async function start(): Promise<void> {
  await app.whenReady();
  session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) => answer(permission === 'media' || permission === 'clipboard-sanitized-write'));
  protocol.handle('app', (request) => answerAppRequest(request, home, images, shipped('out/renderer')));
  answerShellCalls(givePort);
  const supervisor = supervise(
    () => {
      ready = false;
      engine = startEngineProcess(home);
      return engine;
    },
    (event) => {
      if (event.kind === 'ready') {
        ready = true;
        for (const window of BrowserWindow.getAllWindows()) givePort(window);
      }
      if (event.kind === 'gaveUp') {
        dialog.showErrorBox('ARFT Studio', event.reason);
        app.quit();
      }
    },
  );
  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  let stopped = false;
  app.on('before-quit', (event) => {
    if (stopped) return;
    event.preventDefault();
    stopped = true;
    void supervisor.stop().finally(() => app.quit());
  });
  show();
}

if (app.requestSingleInstanceLock()) await start();
else app.quit();
