import { type Completion, type GenerationSettings, generate } from '../../../main/generation/generate.ts';
import { PromptGroup } from '../../../main/generation/prompt-group.ts';
import { RandomStream } from '../../../main/generation/random.ts';
import { Scheduler, type Task } from '../../../main/generation/scheduler.ts';
import type { Adapter } from '../../../main/model/folder/adapter.ts';
import { type LoadOptions, loadModel } from '../../../main/model/load.ts';
import type { Feeds } from '../../../main/runtime/compiled.ts';

// A process of its own, because the software driver is found through the environment it starts with. Prints what groups
// and a scheduler write, and how much every decoding run took from memory. argv: a model's folder, load options as JSON.

const model = await loadModel(process.argv[2] as string, JSON.parse(process.argv[3] ?? '{}') as LoadOptions);
const { runtime, language } = model;

// Bytes that runs take from the process's memory, but for the model's weights; and how many tensors on the device came
// from the graph that moves weights there, and how many from others, and are alive.
const isWeight = (name: string): boolean => /^(?:model|lm_head)\./.test(name) && !name.includes('lora');
let brought = 0;
const alive = { moved: 0, caches: 0 };
const program = runtime.program.bind(runtime);
runtime.program = async (graph, options) => {
  const made = await program(graph, options);
  const run = async (feeds: Feeds) => {
    brought += Object.entries(feeds).reduce((n, [name, tensor]) => n + (tensor.kind === 'host' && !isWeight(name) ? tensor.data.byteLength : 0), 0);
    const outputs = await made.run(feeds);
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => {
      if (tensor.kind === 'host') return [name, tensor];
      const kind = graph.name === 'to device' ? 'moved' : 'caches';
      alive[kind] += 1;
      const release = tensor.release.bind(tensor);
      tensor.release = () => {
        alive[kind] -= 1;
        release();
      };
      return [name, tensor];
    }));
  };
  return { ...made, run };
};

const decoding: number[] = [];
let before = 0;
/** Decoding runs until one fails. */
let failsIn = Infinity;
const forward = language.forward.bind(language);
language.forward = async (input) => {
  const start = input.tokens > 1 ? brought : before;
  if (input.tokens === 1 && --failsIn === 0) throw new Error('a run fails');
  const output = await forward(input);
  if (input.tokens === 1) decoding.push(brought - start);
  before = brought;
  return output;
};

const ids = (count: number, start: number): number[] => Array.from({ length: count }, (_, i) => ((i + start) * 7919) % 200);
const settings = (seed: number, maxNewTokens: number): GenerationSettings => ({ temperature: 1, topP: 1, topK: 0, minP: 0, repetitionPenalty: 1, maxNewTokens, seed, stopIds: [] });

/** Three rows that end at different times, tokens taken in by one, and all decoded again, beyond the room that they began with. */
async function group(promptTokens: number, seed: number): Promise<readonly Completion[]> {
  const rows = [0, 1, 2];
  const prompt = ids(promptTokens, seed);
  const open = await PromptGroup.open(language, { ids: prompt, images: [] }, rows.length);
  const ends = [3, 6, 10];
  const first = await generate(open, rows, settings(seed, 40), prompt, { stopWhen: (row) => --(ends[row] as number) === 0 });
  await open.append(1, { ids: [first[1]?.ids.at(-1) as number, ...ids(54, 3)], images: [] });
  const second = await generate(open, [2, 1], settings(seed + 1, 8), prompt);
  return [...first, ...second];
}

/** Members of groups with long prompts, single conversations, and what goes on from them, more than there are places. */
async function scheduled(): Promise<readonly Completion[]> {
  const scheduler = new Scheduler(language, 4);
  const member = (of: number, seed: number): Task => ({ from: undefined, passage: { ids: ids(260 + of, of), images: [] }, promptKey: `group ${of}`, shared: true, settings: settings(of * 10 + seed, 3 + ((seed * 7) % 10)) });
  const single = (seed: number): Task => ({ from: undefined, passage: { ids: ids(20 + seed * 30, seed), images: [] }, settings: settings(seed, 6 + seed) });
  const first = await Promise.all([member(0, 0), single(0), member(1, 1), member(0, 2), single(2), member(1, 0)].map((task) => scheduler.submit(task)));
  const goOn = ({ completion, conversation }: (typeof first)[number], i: number): Task => ({ from: conversation, passage: { ids: [completion.ids.at(-1) as number, ...ids(6, i)], images: [] }, settings: settings(i, 3) });
  const second = await Promise.all(first.slice(1, 4).map((result, i) => scheduler.submit(goOn(result, i))));
  return [...first, ...second].map(({ completion }) => completion);
}

/** A run fails while two conversations are written: both fail, and others are written then as ever. */
async function interrupted(): Promise<readonly Completion[]> {
  const scheduler = new Scheduler(language, 4);
  const tasks = [3, 4].map((seed): Task => ({ from: undefined, passage: { ids: ids(9 + seed, seed), images: [] }, settings: settings(seed, 9) }));
  failsIn = 2;
  const failed = await Promise.allSettled(tasks.map((task) => scheduler.submit(task)));
  if (failed.some(({ status }) => status === 'fulfilled')) throw new Error('what failed was written');
  return (await Promise.all(tasks.map((task) => scheduler.submit(task)))).map(({ completion }) => completion);
}

/** The same prompt with an adapter, with another one that comes while rows are written, and without. */
async function adapted(): Promise<readonly Completion[]> {
  const { text } = model.config;
  const adapter = (seed: number): Adapter => {
    const weights = new RandomStream(seed, 0);
    const values = (count: number): Float32Array => Float32Array.from({ length: count }, () => weights.next() - 0.5);
    const query = { rank: 2, alpha: 4, scale: 2, a: values(2 * text.hiddenSize), b: values(2 * text.heads * text.headDim) };
    return { rank: 2, alpha: 4, rslora: false, dropout: 0, targetModules: ['q_proj'], matrices: new Map(Array.from({ length: text.layers }, (_, i) => [`layers.${i}.self_attn.q_proj`, query])) };
  };
  const open = await PromptGroup.open(language, { ids: ids(12, 5), images: [] }, 2);
  const write = (onToken: () => void = () => {}) => generate(open, [0, 1], settings(7, 4), [], { onToken });
  language.setAdapter(adapter(1));
  const first = await write();
  let tokens = 0;
  const second = await write(() => {
    if (++tokens === 3) language.setAdapter(adapter(2));
  });
  language.setAdapter(undefined);
  return [...first, ...second, ...(await write())];
}

const part = async (write: () => Promise<readonly Completion[]>) => ({ completions: await write(), decoding: decoding.splice(0), alive: { ...alive } });
const parts = [await part(() => group(300, 0)), await part(scheduled), await part(interrupted), await part(adapted)];
console.log(JSON.stringify({ provider: runtime.settings.provider, parts }));
process.exit(0);
