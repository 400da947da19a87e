import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { withChange } from '../../main/data/edited-sample.ts';
import { keepAsked } from '../../main/engine/playground/asked.ts';
import { Demo } from '../../main/engine/playground/demo.ts';
import type { EditedStep } from '../../main/records/annotation.ts';
import { type Store, openStore } from '../../main/store/store.ts';
import { writeRun } from '../unit/engine/rollouts-run.ts';

// A data folder in which every page has something to show, all of it as bad as a model, a file or a person can write it.

const script = '<script>globalThis.harmed=1</script>';
const image = '<img src=x onerror="globalThis.harmed=2">';
const links = '[click](javascript:globalThis.harmed=3) ![](http://127.0.0.1:9/pixel.png) https://example.org/';
const marks = '\u202Eturned\u2066 \u001B[31mred\u001B[0m \u0000 \u200B';

/** What stands in every place that holds a text. */
export const foreign = `${image} ${script} ${links} ${marks}`;
/** A part of it that must be seen as it is. */
export const seen = '<img src=x onerror="globalThis.harmed=2">';

const megabyte = 'x'.repeat(1_000_000);

export type FilledHome = { readonly home: string; readonly run: string; readonly dataset: number; readonly evaluations: readonly [string, string]; readonly asked: string };

export async function fillHome(): Promise<FilledHome> {
  const home = mkdtempSync(path.join(os.tmpdir(), 'arft-filled-'));
  const files = path.join(home, 'files');
  mkdirSync(files);
  const run = 'seen <b>run<b>';
  const events = await writeRun(home, run);
  const trajectories = events.flatMap((event) => (event.kind === 'trajectory' ? [event] : []));
  const [first, odd] = [trajectories[0], trajectories[3]];
  if (!first || !odd?.asked) throw new Error('the run has no trajectories');

  const questions = path.join(files, `${image.replaceAll('/', '')}.jsonl`);
  writeFileSync(questions, Array.from({ length: 6 }, (_, i) => `${JSON.stringify({ id: `q${i}${i === 1 ? image : ''}`, question: `${i} ${foreign}`, golden_answers: [`right ${i}`, foreign] })}\n`).join(''));
  const names = ['one', 'two'] as const;
  for (const name of names) {
    const words = (i: number): string => (i % 2 === 0 || name === 'two' ? `right ${i}` : i === 1 ? foreign : megabyte.slice(0, 20_000));
    writeFileSync(path.join(files, name), Array.from({ length: 6 }, (_, i) => `${JSON.stringify({ id: `q${i}${i === 1 ? image : ''}`, completions: [`<think>${foreign}</think><answer>${words(i)}</answer>`] })}\n`).join(''));
  }
  const evaluations = ['musique-one', 'musique-two'] as const;
  await Promise.all(names.map((name, i) => evaluate(home, questions, path.join(files, name), path.join(home, 'evaluations', evaluations[i] as string))));

  const samples = path.join(files, 'samples.jsonl');
  const sample = (id: string, question: string, more: object = {}): string => `${JSON.stringify({ version: 1, id, task: 'search', question, answers: ['7', foreign], images: [], ...more })}\n`;
  writeFileSync(samples, [sample('plain', 'which digit ?', { images: odd.asked.images }), sample(`odd ${image}`, foreign, { extra: { [image]: foreign } }), sample('long', megabyte), '{"broken": \n'].join(''));
  const asked = await keepAsked(home, { question: foreign, images: [...odd.asked.images], task: 'coding', trajectory: odd.trajectory });
  const store = openStore(home);
  try {
    const dataset = await store.datasets.import({ name: `data ${foreign.replaceAll('\0', '')}`.slice(0, 200), files: [samples] });
    store.datasets.tag(dataset.id, [1], image, true);
    annotate(store, dataset.id, odd.asked.images[0] ?? null);
    new Demo(store.settings).set({ title: image, examples: [{ title: image, asked }], idleSeconds: 3600, live: false }, null);
    await store.indexer.look();
    store.runs.annotate(run, { note: `${foreign}\n${megabyte.slice(0, 9000)}`, tags: [image] });
    return { home, run, dataset: dataset.id, evaluations, asked };
  } finally {
    await store.close();
  }
}

/** A sample that waits for its reviewer, and one that came back. */
function annotate({ annotations }: Store, dataset: number, result: string | null): void {
  const step = (kind: EditedStep['kind'], more: Partial<EditedStep>): EditedStep => ({ kind, think: foreign, body: foreign, information: '', result: null, ...more });
  const steps = [step('problem', {}), step('code', { result }), step('search', { information: foreign }), step('answer', {})];
  const annotator = image.slice(0, 100);
  annotations.change({ dataset, ordinal: 0 }, { author: annotator, what: 'submit' }, ({ sample }) => ({ sample: withChange(sample, { steps }), annotation: { state: 'submitted', annotator, reviewer: null, review: null, note: foreign } }));
  annotations.change({ dataset, ordinal: 1 }, { author: annotator, what: 'review' }, ({ sample }) => ({ sample: withChange(sample, { steps }), annotation: { state: 'returned', annotator, reviewer: annotator, review: { answer: foreign, issues: [] }, note: foreign } }));
}

/** `arft evaluate` with a script of completions. */
function evaluate(home: string, data: string, completions: string, out: string): Promise<void> {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../../main/cli.ts'), 'evaluate', '--benchmark', 'musique', '--data', data, '--policy', `script:${completions}`, '--out', out, '--json'], { env: { ...process.env, ARFT_HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  return new Promise((resolve, reject) => child.once('exit', (status) => (status === 0 ? resolve() : reject(new Error(`arft evaluate ended with ${status}: ${log}`)))));
}
