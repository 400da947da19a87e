import { readAdapterFields } from '../model/folder/adapter-config.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';

/** @throws InputError for an adapter to begin with where none is trained: the run would begin without what it has learnt. */
export function checkParameters({ parameters, model }: Pick<RunConfig, 'parameters' | 'model'>): void {
  if (parameters.kind === 'lora' || model.adapter === '') return;
  throw new InputError({
    thing: 'model.adapter', expected: 'none with parameters.kind full, which trains the model’s own weights', found: model.adapter,
    remedy: 'Merge it into the model (arft export ADAPTER --base MODEL --form merged --dtype float32) and train that, or set parameters.kind to lora.',
  });
}

/** What an adapter to begin with has otherwise than the configuration: the adapter is trained as it is. @throws InputError for one that is none. */
export function adapterNotes({ parameters }: Pick<RunConfig, 'parameters'>, adapter: string): readonly string[] {
  const { r, lora_alpha: alpha, use_rslora: rslora } = readAdapterFields(adapter);
  const own = { rank: r, alpha, rslora };
  return (['rank', 'alpha', 'rslora'] as const).flatMap((name) => (own[name] === parameters[name] ? [] : [`the adapter that the run begins with has ${name} ${own[name]}, which stays; parameters.${name} is ${parameters[name]}`]));
}
