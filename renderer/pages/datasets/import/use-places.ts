import { useEffect, useRef, useState } from 'react';
import { engine } from '../../../connection/engine.ts';
import { type Dropped, handOver } from './dropped.ts';

type Place = { readonly name: string; readonly place: string };

export type Places = {
  readonly places: readonly Place[];
  /** Files on their way to the engine. */
  readonly handing: { readonly done: number; readonly total: number } | undefined;
  readonly fault: unknown;
  readonly add: (more: readonly Dropped[]) => Promise<void>;
  /** A file or folder of the engine's machine. */
  readonly addPlace: (place: string) => void;
  readonly clear: () => void;
  /** A path as far as it is typed; an import that fails leaves it. */
  readonly typed: string;
  readonly type: (path: string) => void;
};

/** What is to be imported, at places that the engine can read. What was handed over and not imported does not stay. */
export function usePlaces(dropped: readonly Dropped[]): Places {
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const [handing, setHanding] = useState<Places['handing']>();
  const [fault, setFault] = useState<unknown>();
  const [typed, type] = useState('');
  const leaving = useRef(new AbortController());

  const add = async (more: readonly Dropped[]): Promise<void> => {
    if (more.length === 0) return;
    setFault(undefined);
    setHanding({ done: 0, total: more.length });
    try {
      const handed = await handOver(more, (done) => setHanding({ done, total: more.length }), leaving.current.signal);
      setPlaces((before) => [...before, ...handed]);
    } catch (error) {
      if (!leaving.current.signal.aborted) setFault(error);
    } finally {
      setHanding(undefined);
    }
  };
  const kept = useRef(places);
  kept.current = places;
  useEffect(() => {
    leaving.current = new AbortController();
    void add(dropped);
    return () => {
      leaving.current.abort();
      const uploads = kept.current.map(({ place }) => place).filter((place) => place.startsWith('upload:'));
      if (uploads.length > 0) void engine.call('datasets.forgetUploads', { places: uploads }).catch(() => {});
    };
    // What was dropped is taken once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  return { places, handing, fault, add, addPlace: (place) => setPlaces((before) => [...before, { name: place, place }]), clear: () => setPlaces([]), typed, type };
}
