import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { type Scorer, benchmarks, splitByPosition } from '../evaluate/benchmarks.ts';
import { type EvaluatedItem, type EvaluationConfig, EvaluationFolder } from '../evaluate/folder.ts';
import { readPredictions } from '../evaluate/predictions.ts';
import { reportOf, writeReport } from '../evaluate/report.ts';
import type { Prediction } from '../evaluate/score.ts';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import type { Sample } from '../records/sample.ts';
import { resolveUpload } from '../serve/files.ts';
import type { EngineContext } from './context.ts';
import { folderOf, makeFolder } from './evaluations-folder.ts';

export type PredictionsImport = { readonly predictions: string; readonly gold: string; readonly benchmark: string; readonly scorer: Scorer; readonly title: string };

/**
 * Keeps predictions that were made elsewhere as an evaluation: its items have an answer, or none, and no turns.
 * @throws InputError for files that hold no predictions, or gold answers that do not fit them.
 */
export async function importPredictions({ home, store }: EngineContext, { predictions: file, gold, benchmark: name, scorer, title }: PredictionsImport): Promise<{ readonly name: string; readonly items: number; readonly notes: readonly string[] }> {
  const [predictionsFile, goldFile] = await Promise.all([resolveUpload(home, file), gold.trim() === '' ? undefined : resolveUpload(home, gold)]);
  const joined: string[] = [];
  const predictions = await readPredictions(predictionsFile, goldFile, (note) => joined.push(note));
  const benchmark = benchmarks.find((each) => each.name === name);
  if (!benchmark) throw new Error(`unknown benchmark ${name}`);
  const samples = predictions.map((prediction, i): Sample => sampleOf(prediction, benchmark.task, prediction.split ?? splitByPosition(benchmark, i, predictions.length)));
  const label = title.trim() === '' ? path.parse(predictionsFile).name : title.trim();
  const at = new Date().toISOString();
  const config: EvaluationConfig = {
    version: 1,
    benchmark: name,
    data: path.basename(goldFile ?? predictionsFile),
    dataHash: createHash('sha256').update(JSON.stringify(samples)).digest('hex'),
    items: samples.length,
    policy: label,
    mode: 'direct',
    scorer,
    prompts: 'unknown',
    promptsHash: '',
    limits: { steps: 1, tokens: 1, ms: 1 },
    sampling: { temperature: 0, topP: 1, maxNewTokens: 1, seed: 0 },
    tools: { code: 'unknown', search: 'unknown' },
  };
  const evaluation = makeFolder(home, `${name}-predictions-${label}`);
  const folder = folderOf(home, evaluation);
  try {
    writeTextAtomic(path.join(folder, 'imported.json'), `${JSON.stringify({ version: 1, predictions: path.basename(predictionsFile), gold: goldFile === undefined ? null : path.basename(goldFile), at }, null, 2)}\n`);
    const opened = EvaluationFolder.open(folder, config);
    try {
      opened.keepSamples(samples);
      for (const [index, prediction] of predictions.entries()) opened.add(itemOf(index, prediction, label, at));
    } finally {
      opened.close();
    }
    const report = reportOf(config, samples, opened.finished);
    writeReport(folder, report);
    await store.indexer.look();
    return { name: evaluation, items: samples.length, notes: [...joined, ...report.scores.notes] };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const sampleOf = ({ id, golds }: Prediction, task: Sample['task'], split: string | undefined): Sample => ({ version: 1, id, task, question: '', answers: golds, images: [], ...(split !== undefined && { split }) });

/** Without turns; where nothing was answered, none of them did. */
function itemOf(index: number, { id, answer }: Prediction, policy: string, at: string): EvaluatedItem {
  const answered = answer !== null && answer.trim() !== '';
  return { index, id, trajectory: { version: 1, sample: id, policy, protocol: 'unknown', mode: 'direct', seed: 0, turns: [], ending: answered ? { kind: 'answered', answer } : { kind: 'stepLimit', steps: 0 }, startedAt: at, ms: 0 } };
}
