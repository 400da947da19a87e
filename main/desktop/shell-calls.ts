import { BrowserWindow, type IpcMainEvent, type IpcMainInvokeEvent, dialog, ipcMain } from 'electron';
import { appOrigin } from './app-files.ts';

/** Whether a message comes from a page of ours, in the window's own frame. */
const isOurs = ({ senderFrame }: IpcMainInvokeEvent | IpcMainEvent): boolean => senderFrame !== null && senderFrame.url.startsWith(`${appOrigin}/`) && senderFrame.parent === null;

/** What windows ask of the desktop: a port to the engine, a folder. Everything else goes to the engine itself. */
export function answerShellCalls(givePort: (window: BrowserWindow) => void): void {
  ipcMain.on('arft:port', (event) => {
    const window = isOurs(event) ? BrowserWindow.fromWebContents(event.sender) : null;
    if (window) givePort(window);
  });
  ipcMain.handle('arft:pick-folder', async (event) => {
    const window = isOurs(event) ? BrowserWindow.fromWebContents(event.sender) : null;
    if (!window) throw new Error('not a page of this app');
    const { canceled, filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory'] });
    return canceled ? null : (filePaths[0] ?? null);
  });
}
