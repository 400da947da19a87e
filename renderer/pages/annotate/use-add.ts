import { useState } from 'react';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { type Dropped, handOver } from '../datasets/import/dropped.ts';

export type Added = Calls<AppContract>['annotate.add']['output'];

/** Images of one call to the engine. */
const atOnce = 100;

/** What was handed over for nothing does not stay. */
export function forget(places: readonly string[]): void {
  const uploads = places.filter((place) => place.startsWith('upload:'));
  if (uploads.length > 0) void engine.call('datasets.forgetUploads', { places: uploads }).catch(() => {});
}

/** Makes samples of images, some at a time: what was made stays when a later one fails. */
export function useAdd() {
  const [done, setDone] = useState<number>();
  const [fault, setFault] = useState<unknown>();
  const add = async (images: readonly Dropped[], dataset: number | null, name: string, task: 'coding' | 'search', signal: AbortSignal): Promise<Added | undefined> => {
    setFault(undefined);
    setDone(0);
    let all: Added | undefined;
    try {
      for (let from = 0; from === 0 || from < images.length; from += atOnce) {
        const places = await handOver(images.slice(from, from + atOnce), (some) => setDone(from + some), signal);
        const uploads = places.map(({ place }) => place);
        const made = await engine.call('annotate.add', { dataset: all?.dataset ?? dataset, name, uploads, task }, signal).catch((error: unknown) => {
          forget(uploads);
          throw error;
        });
        all = { dataset: made.dataset, ordinals: [...(all?.ordinals ?? []), ...made.ordinals], refused: [...(all?.refused ?? []), ...made.refused] };
      }
      return all;
    } catch (error) {
      if (!signal.aborted) setFault(error);
      return undefined;
    } finally {
      setDone(undefined);
    }
  };
  return { done, fault, add };
}
