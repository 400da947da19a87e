import { useEffect, useRef, useState } from 'react';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Streams } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import type { Draft } from './values.ts';

export type Finding = Extract<Streams<AppContract>['runs.preflight']['item'], { kind: 'findings' }>['findings'][number];

/** Whether the run would go, and why not; a fault where that could not be told. */
export type Seen = { readonly ready: boolean; readonly findings: readonly Finding[]; readonly fault?: unknown };

export type Look = {
  /** What is being looked at; undefined when nothing is. */
  readonly said: string | undefined;
  readonly findings: readonly Finding[] | undefined;
  readonly fault: unknown;
  /** Looks. `lasting`: also when the page is left meanwhile. @returns what was seen; undefined when it was cancelled. */
  readonly begin: (lasting?: boolean) => Promise<Seen | undefined>;
  readonly cancel: () => void;
};

/** A look before a run; what it found is forgotten when the configuration changes. */
export function useLook(draft: Draft | undefined): Look {
  const key = JSON.stringify(draft);
  const [said, setSaid] = useState<string>();
  const [found, setFound] = useState<{ readonly key: string; readonly findings?: readonly Finding[]; readonly fault?: unknown }>();
  const abort = useRef<AbortController>(undefined);
  const lasts = useRef(false);
  const looked = useRef(key);
  useEffect(() => {
    if (looked.current === key) return;
    looked.current = key;
    abort.current?.abort();
    setSaid(undefined);
  }, [key]);
  useEffect(() => () => {
    if (!lasts.current) abort.current?.abort();
  }, []);
  const begin = async (lasting = false): Promise<Seen | undefined> => {
    const own = new AbortController();
    abort.current = own;
    lasts.current = lasting;
    setSaid('');
    setFound(undefined);
    let seen: Seen = { ready: false, findings: [] };
    try {
      for await (const word of engine.stream('runs.preflight', { config: draft as never }, own.signal)) {
        if (word.kind === 'said') setSaid(word.text);
        else {
          seen = word;
          setFound({ key, findings: word.findings });
        }
      }
    } catch (fault) {
      seen = { ...seen, ready: false, fault };
      if (!own.signal.aborted) setFound({ key, fault });
    }
    if (own.signal.aborted) return undefined;
    setSaid(undefined);
    return seen;
  };
  const cancel = (): void => {
    abort.current?.abort();
    setSaid(undefined);
  };
  const now = found?.key === key ? found : undefined;
  return { said, findings: now?.findings, fault: now?.fault, begin, cancel };
}
