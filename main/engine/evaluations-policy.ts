import { parseArgs } from 'node:util';
import type { EngineContext } from './context.ts';
import type { Command } from './evaluations-folder.ts';
import { knownAdapters, knownModels } from './known-models.ts';

/** Who answered an evaluation, as far as it can be asked again; nothing where that is no model. */
export type AskedPolicy =
  | { readonly kind: 'local'; readonly folder: string; readonly adapter: string | null; /** Whether both are on the lists. */ readonly known: boolean; readonly prompts: string }
  | { readonly kind: 'endpoint'; readonly url: string; readonly model: string; readonly key: string; readonly prompts: string }
  /** A local model of an evaluation that was started elsewhere, of which the name of its folder alone was kept. */
  | { readonly kind: 'unknown' }
  | null;

/** @param policy As a row names it: local:NAME, endpoint:NAME, script:NAME. */
export function askedPolicy(context: EngineContext, policy: string, command: Command | undefined): AskedPolicy {
  if (!/^(local|endpoint):/.test(policy)) return null;
  if (!command) return { kind: 'unknown' };
  const option = (name: string): string | undefined => {
    const given = values[name];
    return typeof given === 'string' ? given : undefined;
  };
  const { values } = parseArgs({ args: [...command.words], strict: false, allowPositionals: true });
  const [place = '', prompts = command.prompts] = [option('policy'), option('prompts')];
  const where = place.slice(place.indexOf(':') + 1);
  if (place.startsWith('endpoint:')) return { kind: 'endpoint', url: where, model: option('model-name') ?? '', key: option('key') ?? '', prompts };
  const adapter = option('adapter') ?? null;
  const known = knownModels(context).some(({ folder }) => folder === where) && (adapter === null || knownAdapters(context).some(({ folder }) => folder === adapter));
  return { kind: 'local', folder: where, adapter, known, prompts };
}
