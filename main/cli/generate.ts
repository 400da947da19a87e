import { Command, Option } from 'commander';
import type { GenerationSettings } from '../generation/generate.ts';
import { type ConversationEncoder, openConversationEncoder } from '../model/conversation.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { holdsTrainedWeights } from '../model/folder/trained-weights.ts';
import { StreamDecoder } from '../model/text/stream-decoder.ts';
import type { ChatMessage } from '../records/chat.ts';
import { WorkerClient } from '../worker/client.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption, number, seedNumber } from './command.ts';
import { readImage } from './image-file.ts';
import { readMessages } from './messages-file.ts';
import { type ModelOptions, addModelOptions, loadOptions } from './model-options.ts';
import { type Terminal, UsageError, exit } from './terminal.ts';

type GenerateOptions = ModelOptions & {
  readonly adapter?: string;
  readonly adapterScale?: number;
  readonly image: readonly string[];
  readonly prompt?: string;
  readonly messages?: string;
  readonly maxPixels?: number;
  readonly group: number;
  readonly greedy: boolean;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP: number;
  readonly repetitionPenalty?: number;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly json: boolean;
};

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const generateCommand: CommandSetup = (run) =>
  addModelOptions(new Command('generate').description('look at images and write text'))
    .option('--adapter <folder>', 'a PEFT LoRA adapter, or a checkpoint of a run that trained all weights')
    .option('--adapter-scale <x>', 'strength of the adapter, 1 by default; 0 is the base model', number(0, 1000))
    .option('--image <file>', 'an image, before the prompt; may be given several times', collect, [])
    .option('--prompt <text>', 'what the user says')
    .option('--messages <file>', 'a JSON file [{role, content}], content a text or parts {type: text, text} and {type: image, image: path}; paths count from the working folder, or else from the file’s')
    .option('--max-pixels <n>', 'scale images down to this area; the model’s own limit by default', integer(1, 1_000_000_000))
    .option('--group <n>', 'completions of the same prompt, which runs once', integer(1, 4096), 1)
    .option('--greedy', 'always take the most probable token', false)
    .addOption(new Option('--temperature <x>', 'above 1 flattens the odds, 0 is greedy; the model’s own recommendation by default').argParser(number(0, 100)).conflicts('greedy'))
    .option('--top-p <x>', 'keep the most probable tokens that together reach this share', number(0, 1))
    .option('--top-k <n>', 'keep this many of the most probable tokens; 0 keeps all', integer(0, 1_000_000))
    .option('--min-p <x>', 'drop tokens below this share of the most probable one', number(0, 1), 0)
    .option('--repetition-penalty <x>', 'above 1 makes tokens that were there less probable', number(0.01, 100))
    .option('--max-new-tokens <n>', 'stop there at the latest', integer(1, 1_000_000), 256)
    .option('--seed <n>', 'the same seed gives the same text', seedNumber, 0)
    .addOption(jsonOption())
    .addHelpText('after', examples('generate --model ~/models/Qwen2.5-VL-3B-Instruct --image sign.jpg --prompt "What does it say?"', 'generate --model DIR --messages chat.json --group 4 --temperature 1 --quantize int4 --json'))
    .action((options: GenerateOptions) => run((call) => generateAction(options, call), options.json));

async function generateAction(options: GenerateOptions, { terminal, signal }: Call): Promise<number> {
  const messages = await messagesOf(options, signal);
  const settings = settingsOf(options);
  const encoder = openConversationEncoder(options.model, { readImage: (file) => readImage(file, signal), ...(options.maxPixels !== undefined && { maxPixels: options.maxPixels }) });
  const { ids, images } = await encoder.encode(messages);
  const trained = options.adapter !== undefined && holdsTrainedWeights(options.adapter);
  if (options.adapter === undefined && options.adapterScale !== undefined) throw new UsageError('--adapter-scale goes with --adapter');
  if (trained && (options.adapterScale ?? 1) !== 1) throw new UsageError('--adapter-scale is for LoRA adapters; this is a checkpoint of whole weights');
  const worker = new WorkerClient();
  try {
    const { notes } = await worker.call('load', { folder: options.model, options: { ...loadOptions(options, options.adapter !== undefined && !trained), ...(trained && { trained: options.adapter }) } }, { signal, onEvent: ({ stage, done, total }) => terminal.progress(stage, done, total) });
    for (const note of notes) terminal.log(note);
    if (options.adapter !== undefined && !trained) await worker.call('setAdapter', { folder: options.adapter, scale: options.adapterScale ?? 1 });
    const prompt = { ids, images: images.map(({ grid, pixels }) => ({ grid, pixels })) };
    const opened = await worker.call('openGroup', { prompt, rows: options.group }, { signal, onEvent: ({ done, total }) => terminal.progress('prompt', done, total) });
    const rows = Array.from({ length: options.group }, (_, row) => row);
    const streamed = new TokenStream(terminal, encoder, options.group);
    const { completions, seconds } = await worker.call('generate', { group: opened.group, rows, settings }, { signal, onEvent: ({ row, id }) => streamed.token(row, id) });
    const texts = completions.map((completion) => encoder.tokenizer.decode(completion.ids, { skipSpecial: true }));
    streamed.end(texts);
    const generated = completions.reduce((sum, completion) => sum + completion.ids.length, 0);
    const speeds = { promptTokens: opened.promptTokens, prefillTokensPerSecond: opened.promptTokens / opened.seconds, decodeTokensPerSecond: generated / seconds };
    if (terminal.json) terminal.result({ completions: completions.map((completion, i) => ({ ids: completion.ids, text: texts[i], logprobs: completion.logprobs, finishReason: completion.finishReason })), ...speeds }, '');
    terminal.log(`${speeds.promptTokens} prompt tokens at ${speeds.prefillTokensPerSecond.toFixed(1)}/s, ${generated} new ones at ${speeds.decodeTokensPerSecond.toFixed(1)}/s`);
    return signal.aborted ? exit.interrupted : exit.done;
  } finally {
    await worker.close();
  }
}

async function messagesOf({ prompt, messages, image }: GenerateOptions, signal: AbortSignal): Promise<readonly ChatMessage[]> {
  if ((prompt === undefined) === (messages === undefined)) throw new UsageError('give either --prompt or --messages');
  if (prompt !== undefined) {
    return [{ role: 'user', content: image.length === 0 ? prompt : [...image.map((file) => ({ type: 'image' as const, image: file })), { type: 'text' as const, text: prompt }] }];
  }
  if (image.length > 0) throw new UsageError('--image goes with --prompt; a messages file names its images itself');
  return readMessages(messages as string, signal);
}

/** The options; the model's own recommendation where neither --greedy nor --temperature is given. */
function settingsOf(options: GenerateOptions): GenerationSettings {
  const { sampling, tokens } = readModelConfig(options.model);
  const recommended = options.greedy || options.temperature !== undefined ? {} : sampling;
  return {
    temperature: options.greedy || recommended.doSample === false ? 0 : (options.temperature ?? recommended.temperature ?? 1),
    topP: options.topP ?? recommended.topP ?? 1,
    topK: options.topK ?? recommended.topK ?? 0,
    minP: options.minP,
    repetitionPenalty: options.repetitionPenalty ?? recommended.repetitionPenalty ?? 1,
    maxNewTokens: options.maxNewTokens,
    seed: options.seed,
    stopIds: tokens.eos,
  };
}

/** Shows one completion as it grows; several are counted, and shown whole at the end. */
class TokenStream {
  readonly #terminal: Terminal;
  readonly #decoder: StreamDecoder;
  readonly #group: number;
  #count = 0;

  constructor(terminal: Terminal, { tokenizer }: ConversationEncoder, group: number) {
    this.#terminal = terminal;
    this.#decoder = new StreamDecoder(tokenizer, { skipSpecial: true });
    this.#group = group;
  }

  token(row: number, id: number): void {
    this.#count += 1;
    if (this.#group > 1) this.#terminal.progress('tokens', this.#count, this.#count + 1);
    else if (row === 0) this.#terminal.stream(this.#decoder.push(id));
  }

  end(texts: readonly string[]): void {
    if (this.#group === 1) this.#terminal.stream(`${this.#decoder.flush()}\n`);
    else for (const [i, text] of texts.entries()) this.#terminal.stream(`── ${i + 1} ──\n${text}\n`);
  }
}
