import { useEffect, useRef, useState } from 'react';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Streams } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import type { Draft } from './values.ts';

export type Finding = Extract<Streams<AppContract>['runs.preflight']['item'], { kind: 'findings' }>['findings'][number];

export type Look = {
  /** What is being looked at; undefined when nothing is. */
  readonly said: string | undefined;
  readonly findings: readonly Finding[] | undefined;
  readonly fault: unknown;
  /** Looks. @returns whether the run would go; false when it was cancelled or could not be told. */
  readonly begin: () => Promise<boolean>;
  readonly cancel: () => void;
};

/** A look before a run; what it found is forgotten when the configuration changes. */
export function useLook(draft: Draft | undefined): Look {
  const key = JSON.stringify(draft);
  const [said, setSaid] = useState<string>();
  const [found, setFound] = useState<{ readonly key: string; readonly findings?: readonly Finding[]; readonly fault?: unknown }>();
  const abort = useRef<AbortController>(undefined);
  useEffect(
    () => () => {
      abort.current?.abort();
      setSaid(undefined);
    },
    [key],
  );
  const begin = async (): Promise<boolean> => {
    const own = new AbortController();
    abort.current = own;
    setSaid('');
    setFound(undefined);
    let ready = false;
    try {
      for await (const word of engine.stream('runs.preflight', { config: draft as never }, own.signal)) {
        if (word.kind === 'said') setSaid(word.text);
        else {
          ({ ready } = word);
          setFound({ key, findings: word.findings });
        }
      }
    } catch (fault) {
      if (!own.signal.aborted) setFound({ key, fault });
    }
    if (!own.signal.aborted) setSaid(undefined);
    return ready && !own.signal.aborted;
  };
  const cancel = (): void => {
    abort.current?.abort();
    setSaid(undefined);
  };
  const now = found?.key === key ? found : undefined;
  return { said, findings: now?.findings, fault: now?.fault, begin, cancel };
}
