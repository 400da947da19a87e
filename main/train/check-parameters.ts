import path from 'node:path';
import { readAdapterFields } from '../model/folder/adapter-config.ts';
import { holdsTrainedWeights } from '../model/folder/trained-weights.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';

/** @throws InputError for a checkpoint of all weights, which is neither an adapter nor a model. */
export function checkBeginning({ model }: Pick<RunConfig, 'model'>): void {
  for (const key of ['adapter', 'folder'] as const) if (model[key] !== '' && holdsTrainedWeights(model[key])) throw noBeginning(`model.${key}`, model[key]);
}

/** @throws InputError as that does, and for an adapter to begin with where none is trained: the run would begin without what it has learnt. */
export function checkParameters({ parameters, model }: Pick<RunConfig, 'parameters' | 'model'>): void {
  checkBeginning({ model });
  if (parameters.kind === 'lora' || model.adapter === '') return;
  throw new InputError({
    thing: 'model.adapter', expected: 'none with parameters.kind full, which trains the model’s own weights', found: model.adapter,
    remedy: 'Merge it into the model (arft export ADAPTER --base MODEL --form merged --dtype float32) and train that, or set parameters.kind to lora.',
  });
}

/** That a run begins with the weights of one that trained all of them once they are a model, and how they become one. */
function noBeginning(thing: string, checkpoint: string): InputError {
  const [, run, step] = /^(.+)[/\\]checkpoints[/\\]step-(\d+)[/\\]?$/.exec(path.resolve(checkpoint)) ?? [];
  const source = run === undefined ? 'RUN' : `${quoted(run)} --step ${Number(step)}`;
  return new InputError({
    thing, expected: thing === 'model.adapter' ? 'a PEFT adapter, or nothing' : 'the Hugging Face folder of a Qwen2.5-VL', found: `${checkpoint}, the checkpoint of a run that trained all weights`,
    remedy: `Make a model of it, then begin with that: arft export ${source} --form merged --dtype float32 --out NEW-MODEL, then model.folder=NEW-MODEL and an empty model.adapter.`,
  });
}

/** A path as a shell takes it for one word. */
const quoted = (file: string): string => (/^[\w./\\:@%+=-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`);

/** What an adapter to begin with has otherwise than the configuration: the adapter is trained as it is. @throws InputError for one that is none. */
export function adapterNotes({ parameters }: Pick<RunConfig, 'parameters'>, adapter: string): readonly string[] {
  const { r, lora_alpha: alpha, use_rslora: rslora } = readAdapterFields(adapter);
  const own = { rank: r, alpha, rslora };
  return (['rank', 'alpha', 'rslora'] as const).flatMap((name) => (own[name] === parameters[name] ? [] : [`the adapter that the run begins with has ${name} ${own[name]}, which stays; parameters.${name} is ${parameters[name]}`]));
}
