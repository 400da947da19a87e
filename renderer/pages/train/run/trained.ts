import { useEngine } from '../../../connection/hooks.ts';

/** The adapters that a run has on the disk, the newest first, and the model that they change; none of a run that trains all weights. */
export function useTrained(run: string): { readonly base: string | undefined; readonly adapters: readonly { readonly folder: string; readonly step: number }[] } {
  const { data } = useEngine('models.list', undefined);
  const adapters = (data?.adapters ?? []).flatMap(({ folder, run: from, there, base }) => (from?.name === run && there ? [{ folder, base, step: from.step }] : []));
  const base = adapters[0]?.base ?? undefined;
  return { base: data?.models.some(({ folder }) => folder === base) ? base : undefined, adapters };
}
