import { useEffect, useRef, useState } from 'react';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Streams } from '../../../../preload/rpc/frames.ts';

type Item = Streams<AppContract>['datasets.import']['item'];

export type Import = { readonly item?: Item; readonly running: boolean; readonly fault?: unknown };

/** An import under way; it is cancelled when the dialog closes. */
export function useImport(): readonly [Import, (stream: (signal: AbortSignal) => AsyncIterable<Item>) => void, () => void] {
  const [state, setState] = useState<Import>({ running: false });
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const start = async (stream: (signal: AbortSignal) => AsyncIterable<Item>): Promise<void> => {
    const own = new AbortController();
    abort.current = own;
    setState({ running: true });
    try {
      for await (const item of stream(own.signal)) setState({ item, running: item.kind !== 'done' });
    } catch (fault) {
      setState(own.signal.aborted ? { running: false } : { running: false, fault });
    }
  };
  return [state, (stream) => void start(stream), () => abort.current?.abort()];
}
