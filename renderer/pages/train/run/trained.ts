import { useEngine, useSettled } from '../../../connection/hooks.ts';
import { useModelActions } from '../../models/actions.ts';
import { adapterPath } from '../../models/address.ts';

export type Trained = { readonly folder: string; readonly step: number };

/** The checkpoints that a run has on the disk, of its adapter or of all weights, the newest first, and what can be done with one. */
export function useTrained(run: string): { readonly adapters: readonly Trained[]; readonly evaluate: (adapter: string) => void; readonly ask: (adapter: string) => void } {
  const { data } = useEngine('models.list', undefined, { enabled: useSettled() });
  const { ask, evaluate } = useModelActions();
  const own = (data?.adapters ?? []).flatMap(({ folder, run: from, there, base }) => (from?.name === run && there ? [{ folder, base, step: from.step }] : []));
  const withBase = (act: (base: string, adapter: string) => void) => (adapter: string): void => {
    const base = own.find(({ folder }) => folder === adapter)?.base;
    if (base && data?.models.some(({ folder }) => folder === base)) act(base, adapter);
    // Its page says where the base model is, and opens it.
    else location.hash = adapterPath(adapter);
  };
  return { adapters: own, evaluate: withBase(evaluate), ask: withBase(ask) };
}
