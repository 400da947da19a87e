import { type Command, InvalidArgumentError, Option } from 'commander';
import { homeFolder } from '../home.ts';
import type { LoadOptions } from '../model/load.ts';
import { parseScheme, schemes } from '../model/quantize/scheme.ts';
import { type Provider, providers } from '../runtime/provider.ts';
import { integer } from './command.ts';

/** The options by which a command says how to run a model. */
export type ModelOptions = {
  readonly model: string;
  readonly provider: Provider;
  readonly quantize?: string;
  readonly exact: boolean;
  readonly precision: 'float32' | 'float16';
  readonly threads?: number;
  readonly layersPerRun?: number;
};

/** Parses the name of a quantisation. */
export function knownScheme(text: string): string {
  if (!Object.hasOwn(schemes, text)) throw new InvalidArgumentError(`expected one of ${Object.keys(schemes).join(', ')}`);
  return text;
}

export const addModelOptions = (command: Command): Command =>
  command
    .requiredOption('--model <folder>', 'a Hugging Face folder of a Qwen2.5-VL')
    .addOption(new Option('--provider <name>', 'where to compute').choices(providers).default('cpu'))
    .addOption(new Option('--quantize <scheme>', `hold the decoder in few bits: ${Object.keys(schemes).slice(0, 3).join(', ')} …`).argParser(knownScheme))
    .option('--exact', 'quantised: multiply in float32 instead of with activations rounded to int8', false)
    .addOption(new Option('--precision <type>', 'floats of matrices that are not quantised').choices(['float32', 'float16']).default('float32'))
    .option('--threads <n>', 'processor threads; all cores by default', integer(1, 1024))
    .option('--layers-per-run <n>', 'keep the layers in memory and bring this many at a time to the device: for models larger than the GPU', integer(1, 10_000));

export const loadOptions = (options: ModelOptions, adapters: boolean): LoadOptions => ({
  provider: options.provider,
  adapters,
  exactProducts: options.exact,
  precision: options.precision,
  dataFolder: homeFolder(),
  ...(options.quantize !== undefined && { quantize: parseScheme(options.quantize) }),
  ...(options.threads !== undefined && { threads: options.threads }),
  ...(options.layersPerRun !== undefined && { layersPerRun: options.layersPerRun }),
});
