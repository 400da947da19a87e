import { contextBridge, ipcRenderer, webUtils } from 'electron';

// What the desktop app gives its pages beyond a browser: a port to the engine, and a folder that the user picks.

ipcRenderer.on('arft:port', (event) => {
  window.postMessage({ arft: 'port' }, location.origin, event.ports);
});

contextBridge.exposeInMainWorld('arftShell', {
  requestPort: (): void => ipcRenderer.send('arft:port'),
  pickFolder: (): Promise<string | null> => ipcRenderer.invoke('arft:pick-folder'),
  pathOfFile: (file: File): string => webUtils.getPathForFile(file),
});
