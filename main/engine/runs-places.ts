import { existsSync } from 'node:fs';
import path from 'node:path';
import type { EngineContext } from './context.ts';
import { knownAdapters, knownModels } from './known-models.ts';

/** What the fields of a configuration that name a path can be chosen from: models, adapters and data that this machine knows. */
export function runPlaces(context: EngineContext) {
  const sources = new Set(context.store.datasets.list().map(({ source }) => source));
  return {
    models: knownModels(context).map(({ folder, name }) => ({ value: folder, label: name })),
    // A run begins with an adapter, or with a model: weights of another run have to be exported as one first.
    adapters: knownAdapters(context).filter(({ kind }) => kind === 'lora').map(({ folder, name }) => ({ value: folder, label: name })),
    data: [{ value: 'mini:1', label: 'mini:1' }, ...[...sources].filter((source) => source !== '' && existsSync(source)).map((source) => ({ value: source, label: path.basename(source) }))],
  };
}
