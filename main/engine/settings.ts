import os from 'node:os';
import type { settingsContract } from '../../preload/contract/settings.ts';
import { examineMachine } from '../doctor/examine.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import { ensureCuda } from '../setup/ensure-cuda.ts';
import { ensurePython } from '../setup/ensure-python.ts';
import { keyVariable, readKey, removeKey, storeKey } from '../search/keys.ts';
import { engineNames } from '../search/web/engines.ts';
import { version } from '../shipped.ts';
import type { EngineContext } from './context.ts';
import { Outlet } from './outlet.ts';
import { setWebSettings, webSettings } from './web-search.ts';

/** Keys that the app itself asks for: search engines, and the usual one of an endpoint. */
const keyNames = [...engineNames, 'endpoint'];

export function settingsHandlers({ home, store, changes, recentLog }: EngineContext): Handlers<typeof settingsContract> {
  return {
    'settings.web': () => webSettings(store),
    'settings.setWeb': (web) => {
      if (web.on && web.engine === 'searxng' && !URL.canParse(web.endpoint)) throw new InputError({ thing: 'the address of SearXNG', expected: 'a URL such as http://127.0.0.1:8888', found: web.endpoint === '' ? 'nothing' : web.endpoint, remedy: 'Enter where your own SearXNG listens.' });
      if (web.endpoint !== '' && !URL.canParse(web.endpoint)) throw new InputError({ thing: 'the engine’s address', expected: 'a URL, or nothing for the maker’s own', found: web.endpoint, remedy: 'Correct it.' });
      setWebSettings(store, web);
      changes.tell('settings');
      return null;
    },
    'settings.keys': () => keyNames.map((name) => ({ name, variable: keyVariable(name), source: readKey(name)?.source ?? null })),
    'settings.storeKey': ({ name, value }) => {
      storeKey(name, value.trim());
      changes.tell('settings');
      return null;
    },
    'settings.removeKey': ({ name }) => {
      removeKey(name);
      changes.tell('settings');
      return null;
    },
    'settings.storage': async (_, signal) => [...(await store.storage.sizes(signal))],
    'settings.free': async ({ kind }) => {
      const bytes = await store.storage.free(kind);
      changes.tell('settings');
      return { bytes };
    },
    'settings.unusedImages': (_, signal) => store.unusedImages.count(signal),
    'settings.removeUnusedImages': async (wish, signal) => {
      try {
        return await store.unusedImages.remove(wish, signal);
      } finally {
        changes.tell('settings');
      }
    },
    'settings.bin': () => [...store.bin.list()],
    'settings.restore': async ({ id }) => {
      const { kind } = store.bin.list().find((row) => row.id === id) ?? {};
      const name = await store.bin.restore(id);
      changes.tell(kind === 'run' ? 'runs' : kind === 'evaluation' ? 'evaluations' : 'datasets');
      changes.tell('settings');
      return { name };
    },
    'settings.setUpPython': (_, signal) =>
      Outlet.from(async (outlet) => {
        await ensurePython(home, (progress) => outlet.put(progress), signal);
        changes.tell('machine');
      }),
    'settings.fetchCuda': (_, signal) =>
      Outlet.from(async (outlet) => {
        await ensureCuda(home, (progress) => outlet.put(progress), signal);
        changes.tell('machine');
      }),
    'settings.diagnostics': async () => {
      const [checks, sizes] = await Promise.all([examineMachine({ home, modelFolders: [] }), store.storage.sizes()]);
      return [
        `ARFT Studio ${version}, Node ${process.versions.node}${process.versions['electron'] === undefined ? '' : `, Electron ${process.versions['electron']}`}`,
        `${os.type()} ${os.release()} ${os.machine()}`,
        '',
        ...checks.map(({ title, status, detail }) => `${title}: ${status}, ${withoutHome(detail, home)}`),
        '',
        ...sizes.map(({ kind, bytes, files }) => `${kind}: ${files} files, ${(bytes / 1024 ** 2).toFixed(1)} MiB`),
        '',
        'The last lines of the engine’s log:',
        ...recentLog().map((line) => withoutHome(line, home)),
        '',
      ].join('\n');
    },
  };
}

/** Paths name users: the data folder and the home folder become words. */
const withoutHome = (text: string, home: string): string => text.replaceAll(home, '<data folder>').replaceAll(os.homedir(), '<home>');
