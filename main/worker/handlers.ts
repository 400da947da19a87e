import { threadId } from 'node:worker_threads';
import type { Passage } from '../generation/context.ts';
import { generate } from '../generation/generate.ts';
import { PromptGroup } from '../generation/prompt-group.ts';
import { type Conversation, Scheduler } from '../generation/scheduler.ts';
import { readAdapter } from '../model/folder/adapter-reader.ts';
import { type LoadedModel, loadModel } from '../model/load.ts';
import type { Method, PassageInput, WorkerContract } from './protocol.ts';
import { TrainingSession } from './training-session.ts';

/** What a handler may do while it works. */
export type Context<M extends Method> = { readonly emit: (event: WorkerContract[M]['event']) => void; readonly cancelled: () => boolean; readonly signal: AbortSignal };

export type Handlers = { readonly [M in Method]: (params: WorkerContract[M]['params'], context: Context<M>) => Promise<WorkerContract[M]['result']> };

type OpenGroup = { readonly group: PromptGroup; readonly promptIds: readonly number[] };

/** Numbers begin apart in each thread: what one that crashed had open must not name what the next one opens. */
const firstNumber = threadId * 2 ** 32 + 1;

/** The worker's methods over one loaded model and its open groups. */
export function createHandlers(): Handlers {
  let loaded: LoadedModel | undefined;
  const groups = new Map<number, OpenGroup>();
  let nextGroup = firstNumber;
  let scheduler: Scheduler | undefined;
  const conversations = new Map<number, Conversation>();
  let nextConversation = firstNumber;
  let training: TrainingSession | undefined;

  const model = (): LoadedModel => {
    if (!loaded) throw new Error('no model is loaded');
    return loaded;
  };
  const session = (): TrainingSession => {
    if (!training) throw new Error('no training was opened; after a restart of the worker it must be opened again');
    return training;
  };
  const groupOf = (id: number): OpenGroup => {
    const open = groups.get(id);
    if (!open) throw new Error(`group ${id} is not open; it was closed, or the worker started anew`);
    return open;
  };

  return {
    load: async ({ folder, options, slots = 1 }, { emit, signal }) => {
      const start = performance.now();
      groups.clear();
      conversations.clear();
      training = undefined;
      await loaded?.release();
      loaded = undefined;
      loaded = await loadModel(folder, options, (stage, done, total) => emit({ stage, done, total }), signal);
      scheduler = new Scheduler(loaded.language, slots);
      return { provider: loaded.runtime.settings.provider, notes: loaded.notes, seconds: secondsSince(start) };
    },
    setAdapter: async ({ folder, scale }) => {
      await model().setAdapter(folder === undefined ? undefined : readAdapter(folder, model().config), scale);
      scheduler?.forget();
      return null;
    },
    openGroup: async ({ prompt, rows }, { emit, cancelled }) => {
      const start = performance.now();
      const group = await PromptGroup.open(model().language, await encodeImages(model(), prompt), rows, (done, total) => {
        emit({ done, total });
        if (cancelled()) throw new Error('cancelled');
      });
      const id = nextGroup++;
      groups.set(id, { group, promptIds: prompt.ids });
      return { group: id, promptTokens: group.promptTokens, seconds: secondsSince(start) };
    },
    generate: async ({ group: id, rows, settings }, { emit, cancelled }) => {
      const start = performance.now();
      const { group, promptIds } = groupOf(id);
      const completions = await generate(group, rows, settings, promptIds, { onToken: (row, token, logprob) => emit({ row, id: token, logprob }), cancelled });
      return { completions, seconds: secondsSince(start) };
    },
    append: async ({ group, row, passage }) => {
      await groupOf(group).group.append(row, await encodeImages(model(), passage));
      return null;
    },
    complete: async ({ conversation: id, passage, promptKey, shared, settings }, { emit, cancelled }) => {
      const from = id === undefined ? undefined : conversations.get(id);
      if (id !== undefined && !from) throw new Error(`conversation ${id} is not open; it was released, or the worker started anew`);
      // It goes on under a new number, or, where this fails, nobody asks for it again.
      if (id !== undefined) conversations.delete(id);
      const { completion, conversation } = await (scheduler as Scheduler).submit({
        from,
        passage: await encodeImages(model(), passage),
        ...(promptKey !== undefined && { promptKey }),
        ...(shared !== undefined && { shared }),
        settings,
        onToken: (token, logprob) => emit({ row: 0, id: token, logprob }),
        cancelled,
      });
      const kept = nextConversation++;
      conversations.set(kept, conversation);
      return { completion, conversation: kept };
    },
    release: async ({ conversation }) => {
      conversations.delete(conversation);
      return null;
    },
    trainOpen: async (settings) => {
      training = await TrainingSession.open(model(), settings);
      scheduler?.forget();
      return { parameters: training.parameterCount };
    },
    trainForward: (request) => session().forward(request),
    trainBackward: async ({ pass, derivatives }) => {
      await session().backward(pass, derivatives);
      return null;
    },
    trainUpdate: async ({ learningRate, maxGradNorm }) => {
      const gradNorm = await session().update(learningRate, maxGradNorm);
      scheduler?.forget();
      return { gradNorm };
    },
    trainDiscard: async () => {
      session().discard();
      return null;
    },
    trainSave: async ({ folder }) => {
      session().save(folder);
      return null;
    },
    closeGroup: async ({ group }) => {
      groups.delete(group);
      return null;
    },
  };
}

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

async function encodeImages(model: LoadedModel, { ids, images }: PassageInput): Promise<Passage> {
  const encoded: Passage['images'][number][] = [];
  for (const image of images) encoded.push({ grid: image.grid, features: await (await model.vision()).encode(image) });
  return { ids, images: encoded };
}
