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
