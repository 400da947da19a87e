import { createRequire } from 'node:module';
import type { Entry } from '@napi-rs/keyring';
import { InputError } from '../records/input-error.ts';

// Keys of services: from the environment (ARFT_SERPER_KEY), else from the system's keychain. A key goes into a request's
// header and nowhere else: no log, message, record or database.

export type Key = { readonly value: string; readonly source: 'environment' | 'keychain' };

const service = 'arft-studio';

/** The environment's variable of a key: serper → ARFT_SERPER_KEY. */
export const keyVariable = (name: string): string => `ARFT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_KEY`;

/** The key of a service; undefined where there is none, or no keychain that can be asked. */
export function readKey(name: string, environment: NodeJS.ProcessEnv = process.env): Key | undefined {
  const value = environment[keyVariable(name)]?.trim();
  if (value) return { value, source: 'environment' };
  try {
    const stored = entry(name).getPassword();
    return stored ? { value: stored, source: 'keychain' } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws InputError where there is no key, saying where one is looked for. */
export function requireKey(name: string, environment: NodeJS.ProcessEnv = process.env): Key {
  const key = readKey(name, environment);
  if (key) return key;
  throw new InputError({ thing: `key of ${name}`, expected: `the variable ${keyVariable(name)}, or a key in the system's keychain`, found: 'neither', remedy: `Set the variable, or run: arft search key ${name} --store.` });
}

/** Keeps a key in the system's keychain. @throws InputError where there is none. */
export function storeKey(name: string, value: string): void {
  inKeychain(name, () => entry(name).setPassword(value));
}

/** @returns whether there was one. @throws InputError where there is no keychain. */
export const removeKey = (name: string): boolean => inKeychain(name, () => entry(name).deletePassword());

/** On Linux the Secret Service only: the kernel's own store, which the library would fall back to, forgets at logout. */
function entry(name: string): Entry {
  // Loaded when needed: the library is native, and most runs want no key.
  const { Entry: KeychainEntry } = createRequire(import.meta.url)('@napi-rs/keyring') as typeof import('@napi-rs/keyring');
  return new KeychainEntry(service, name, { linux: { store: 'secret-service' } });
}

function inKeychain<T>(name: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new InputError({ thing: `key of ${name}`, expected: "the system's keychain", found: (error as Error).message.slice(0, 200), remedy: `Unlock or install one, or set the variable ${keyVariable(name)}.` }, { cause: error });
  }
}
