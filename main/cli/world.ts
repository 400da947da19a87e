import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Limits, defaultLimits } from '../agent/episode.ts';
import type { Tools } from '../agent/environment.ts';
import { type PromptSet, openPromptSet } from '../agent/prompts.ts';
import { ImageStore } from '../data/image-store.ts';
import { openHome } from '../home.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { openLocalPolicy } from '../policy/local.ts';
import { openPolicy } from '../policy/open.ts';
import type { Policy, Sampling } from '../records/policy.ts';
import { type Provider, providers } from '../runtime/provider.ts';
import { integer, number, seedNumber } from './command.ts';
import { readKey } from '../search/keys.ts';
import { scripts } from './scripts.ts';
import type { Terminal } from './terminal.ts';
import type { OpenTools } from '../agent/open-tools.ts';
import { type ToolOptions, addToolOptions, toolsOf } from './tools.ts';

// What an agent needs to live: a policy, prompts, tools, limits; chosen by options that several commands share.

export type WorldOptions = ToolOptions & {
  readonly policy: string;
  readonly modelName?: string;
  readonly key: string;
  readonly price?: readonly [number, number];
  readonly adapter?: string;
  readonly provider: Provider;
  readonly quantize?: string;
  readonly prompts: string;
  readonly steps: number;
  readonly tokens: number;
  readonly timeout: number;
  readonly temperature: number;
  readonly maxNewTokens: number;
  readonly seed: number;
};

export const addWorldOptions = (command: Command): Command =>
  addToolOptions(
    command
      .requiredOption('--policy <who>', `who answers: local:FOLDER, endpoint:URL, script:FILE, ${Object.keys(scripts).join(', ')}`)
      .option('--model-name <name>', 'endpoint: the model to ask for')
      .option('--key <name>', 'endpoint: name of the key: NAME stands in the variable ARFT_NAME_KEY, or in the keychain', 'endpoint')
      .addOption(new Option('--price <in,out>', 'endpoint: US dollars for a million tokens read and written').argParser(priceOf))
      .option('--adapter <folder>', 'local: a PEFT LoRA adapter, or a checkpoint of a run that trained all weights')
      .addOption(new Option('--provider <name>', 'local: where to compute').choices(providers).default('cpu'))
      .option('--quantize <scheme>', 'local: hold the decoder in few bits (int4, int8 …)')
      .option('--prompts <name>', 'a prompt set of resources/prompts or of the data folder, or a file', 'tags-en')
      .option('--steps <n>', 'completions of an episode', integer(1, 1000), defaultLimits.steps)
      .option('--tokens <n>', 'tokens that an episode may write', integer(1, 10_000_000), defaultLimits.tokens)
      .option('--timeout <s>', 'seconds that an episode may take', number(0.1, 1_000_000), defaultLimits.ms / 1000)
      .option('--temperature <x>', '0 is greedy', number(0, 100), 0)
      .option('--max-new-tokens <n>', 'tokens of one completion', integer(1, 1_000_000), 1024)
      .option('--seed <n>', 'the same seed gives the same text where the policy can', seedNumber, 0),
  );

function priceOf(text: string): readonly [number, number] {
  const [prompt, completion, more] = text.split(',').map(number(0, 1_000_000));
  if (prompt === undefined || more !== undefined) throw new InvalidArgumentError('expected one price for both, or two: read,written');
  return [prompt, completion ?? prompt];
}

export type World = {
  readonly policy: Policy;
  readonly prompts: PromptSet;
  readonly tools: Tools;
  /** What the tools are, in words. */
  readonly described: OpenTools['described'];
  readonly images: ImageStore;
  readonly limits: Limits;
  readonly sampling: Sampling;
  readonly close: () => Promise<void>;
};

export const openImages = (): ImageStore => new ImageStore(path.join(openHome(), 'images'));

/** @throws InputError for a policy, prompt set or corpus that there is not. */
export async function openWorld(options: WorldOptions, terminal: Terminal, more: { readonly direct?: boolean; readonly corpusFile?: string; readonly concurrency?: number } = {}): Promise<World> {
  const images = openImages();
  const prompts = openPromptSet(options.prompts, path.join(openHome(), 'prompts'));
  const policy = await policyOf(options, images, terminal, more.concurrency ?? 1);
  const { tools, described, close } = await toolsOf(options, images, terminal, more);
  return {
    policy,
    prompts,
    tools,
    described,
    images,
    limits: { steps: options.steps, tokens: options.tokens, ms: Math.round(options.timeout * 1000) },
    sampling: { temperature: options.temperature, topP: 1, maxNewTokens: options.maxNewTokens, seed: options.seed },
    close: async () => {
      await Promise.all([policy.close(), close()]);
    },
  };
}

async function policyOf(options: WorldOptions, images: ImageStore, terminal: Terminal, slots: number): Promise<Policy> {
  if (!options.policy.startsWith('local:')) {
    const key = keyOf(options.key);
    const price = options.price && { prompt: options.price[0], completion: options.price[1] };
    return openPolicy({ policy: options.policy, endpoint: { ...(options.modelName !== undefined && { model: options.modelName }), concurrency: slots, ...(key !== undefined && { key }), ...(price && { price }) } }, images, scripts);
  }
  return openLocalPolicy(
    {
      folder: options.policy.slice('local:'.length),
      load: { provider: options.provider, packed: true, dataFolder: openHome(), ...(options.quantize !== undefined && { quantize: parseScheme(options.quantize) }) },
      ...(options.adapter !== undefined && { adapter: options.adapter }),
      slots,
      onProgress: (stage, done, total) => terminal.progress(stage, done, total),
      onNote: (note) => terminal.log(note),
    },
    images,
  );
}

const keyOf = (name: string): string | undefined => readKey(name)?.value;
