/**
 * What runs in the page before its scripts: Electron's renderer modules, and the preload script on top of them.
 * @param preload The text of the preload script, a CommonJS file.
 */
export const pageRuntime = (preload: string): string => `(() => {
  const listeners = new Map();
  const ports = new Map();
  window.arftDouble = ({ channel, port, ids, message, closed }) => {
    if (port !== undefined) return closed ? ports.get(port)?.close() : ports.get(port)?.postMessage(message);
    const given = (ids ?? []).map((id) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => window.arftToMain({ port: id, message: data });
      ports.set(id, port1);
      return port2;
    });
    for (const listener of listeners.get(channel) ?? []) listener({ ports: given }, message);
  };
  const electron = {
    ipcRenderer: {
      on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
      send: (channel, ...args) => void window.arftToMain({ channel, args }),
      invoke: (channel, ...args) => window.arftToMain({ channel, args, invoke: true }),
    },
    contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(window, name, { value: Object.freeze(api) }) },
    webUtils: { getPathForFile: ({ name }) => '/chosen/' + name },
  };
  const require = (name) => { if (name === 'electron') return electron; throw new Error('a sandboxed preload script may not require ' + name); };
  const module = { exports: {} };
  ((require, module, exports) => { ${preload} })(require, module, module.exports);
})();`;
