import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Happening, Question, playgroundContract } from '../../../preload/contract/playground.ts';
import { observeCode } from '../../agent/environment.ts';
import { defaultLimits, runEpisode } from '../../agent/episode.ts';
import { openPromptSet, promptSetNames } from '../../agent/prompts.ts';
import { type MiniItem, keepImages, miniItems } from '../../data/mini/items.ts';
import { decodeImage } from '../../model/image/decode.ts';
import { InputError } from '../../records/input-error.ts';
import type { Sample } from '../../records/sample.ts';
import { ToolFault } from '../../records/tools.ts';
import type { Handlers } from '../../rpc/serve.ts';
import { corpusNames } from '../../search/corpus/folder.ts';
import { resolveUpload } from '../../serve/files.ts';
import type { EngineContext } from '../context.ts';
import { knownAdapters, knownModels } from '../known-models.ts';
import { AgentHost } from './agent-host.ts';
import { keepAsked, listAsked, readAsked, setRemoved } from './asked.ts';
import { Demo } from './demo.ts';
import { Outlet } from '../outlet.ts';

/** The built-in task's seed for examples: runs and evaluations use others. */
const exampleSeed = 777;

export function playgroundHandlers(context: EngineContext): Handlers<typeof playgroundContract> {
  const { home, images, store, changes } = context;
  const host = new AgentHost(context);
  const demo = new Demo(store.settings);
  context.closing.addEventListener('abort', () => void host.release());

  const ask = async (question: Question, outlet: Outlet<Happening>, signal: AbortSignal): Promise<void> => {
    const prompts = openPromptSet(question.prompts, path.join(home, 'prompts'));
    const sample: Sample = { version: 1, id: 'question', task: question.task, question: question.question, answers: [], images: question.images };
    const trajectory = await host.use(
      question,
      { signal, onProgress: (label, done, total) => outlet.put({ kind: 'progress', label, done, total }), onNote: (text) => outlet.put({ kind: 'note', text }) },
      (policy, { tools }) =>
        runEpisode(sample, {
          mode: question.direct ? 'direct' : 'agent',
          policy,
          prompts,
          tools,
          signal,
          sampling: { temperature: question.temperature, topP: 1, maxNewTokens: question.maxNewTokens, seed: question.seed },
          limits: { ...defaultLimits, steps: question.steps },
          onEvent: (event) => outlet.put(event.kind === 'stepStarted' || event.kind === 'stepAnew' ? { kind: 'step', step: event.step } : event),
        }),
    );
    const id = await keepAsked(home, { question: question.question, images: question.images, task: question.task, trajectory });
    outlet.put({ kind: 'ended', id, trajectory });
    changes.tell('playground');
  };

  return {
    'playground.choices': () => ({ models: [...knownModels(context)], adapters: [...knownAdapters(context)], prompts: [...promptSetNames(path.join(home, 'prompts'))], corpora: [...corpusNames(home)] }),
    'playground.keepImage': async ({ upload }) => {
      const bytes = await readFile(await resolveUpload(home, upload));
      const { width, height } = await decodeImage(bytes, path.basename(upload));
      return { reference: await images.put(bytes), width, height };
    },
    'playground.example': async ({ number }) => {
      const [item] = miniItems(exampleSeed, 'test', 1, number);
      const { question, images: shown, task, answers } = await keepImages(item as MiniItem, images);
      return { question, images: [...shown], task, answers: [...answers], corpus: `mini:${exampleSeed}` };
    },
    'playground.ask': (question, signal) => Outlet.from((outlet) => ask(question, outlet, signal)),
    'playground.runCode': ({ code, image }, signal) =>
      host.useTools({ code: true, corpus: '' }, { signal, onProgress: () => {}, onNote: () => {} }, async ({ tools }) => {
        if (typeof tools.runCode !== 'function') throw new InputError({ thing: 'the code tool', expected: 'a sandbox', found: tools.runCode.off, remedy: 'Settings says what to install.' });
        try {
          return await observeCode(code, image ?? undefined, tools.runCode, images, signal);
        } catch (error) {
          if (error instanceof ToolFault) throw new InputError({ thing: 'the sandbox', expected: 'a job that it can run', found: error.message, remedy: 'Try again; Settings says what state it is in.' }, { cause: error });
          throw error;
        }
      }),
    'playground.list': async ({ limit }) =>
      (await listAsked(home, limit)).map(({ id, at, question, images: shown, trajectory: { policy, ending } }) => ({ id, at, question, images: shown, policy, ending: ending.kind, answer: ending.kind === 'answered' ? ending.answer : null })),
    'playground.get': async ({ id }) => readAsked(home, id),
    'playground.remove': async ({ id }) => {
      await setRemoved(home, id, true);
      changes.tell('playground');
      return null;
    },
    'playground.restore': async ({ id }) => {
      await setRemoved(home, id, false);
      changes.tell('playground');
      return null;
    },
    'playground.save': async ({ id, dataset: name, answers }) => {
      const { question, images: shown, task } = await readAsked(home, id);
      const dataset = store.datasets.list().find((each) => each.name === name) ?? store.datasets.create(name);
      const ordinal = store.datasets.add(dataset.id, { version: 1, id: `asked-${id}`, task, question, answers, images: shown });
      changes.tell('datasets', String(dataset.id));
      return { dataset: dataset.id, ordinal };
    },
    'playground.demo': () => {
      const { examples, ...rest } = demo.get();
      return { ...rest, examples: [...examples] };
    },
    'playground.setDemo': ({ pin, ...rest }) => {
      demo.set(rest, pin);
      changes.tell('playground');
      return null;
    },
    'playground.unlock': ({ pin }) => demo.unlock(pin),
    'playground.release': async () => {
      await host.release();
      return null;
    },
  };
}
