import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { evaluationsContract } from '../../preload/contract/evaluations.ts';
import { type Scorer, benchmarks, metricOf } from '../evaluate/benchmarks.ts';
import { InputError } from '../records/input-error.ts';
import { scoreAnswer } from '../reward/text-metrics.ts';
import type { Handlers } from '../rpc/serve.ts';
import { type EvaluationRow, type ItemRow, outcomes } from '../store/evaluations/evaluations.ts';
import type { EngineContext } from './context.ts';
import { checkEvaluation } from './evaluations-check.ts';
import { compareScored, countKinds, ofKind, pairsOf } from './evaluations-compare.ts';
import { EvaluationFigures } from './evaluations-figures.ts';
import { type Command, failureIn, folderOf, isImported, notBegun, readCommand } from './evaluations-folder.ts';
import { importPredictions } from './evaluations-import.ts';
import { Pace } from './evaluations-pace.ts';
import { askedPolicy } from './evaluations-policy.ts';
import { EvaluationStarter } from './evaluations-starter.ts';

type Outputs = { [K in keyof typeof evaluationsContract]: z.input<(typeof evaluationsContract)[K]['output']> };
type Row = Outputs['evaluations.list']['rows'][number];

const every = 10_000_000;

export function evaluationsHandlers(context: EngineContext): Handlers<typeof evaluationsContract> {
  const { home, store, images, changes } = context;
  const { evaluations } = store;
  const starter = new EvaluationStarter(context);
  const figures = new EvaluationFigures(home, store);
  const pace = new Pace();

  const stateOf = (name: string, state: Row['state']): Pick<Row, 'state' | 'failure'> => {
    if (state === 'running' || state === 'finished') return { state, failure: null };
    if (starter.isStarting(name)) return { state: 'starting', failure: null };
    const failure = starter.wordsOfEnd(name) === undefined ? failureIn(home, name) : (failureIn(home, name) ?? starter.wordsOfEnd(name));
    return failure === undefined ? { state: 'stopped', failure: null } : { state: 'failed', failure };
  };
  const rowOf = (row: EvaluationRow, scorer: Scorer | null): Row => {
    const { name, benchmark, data, policy, mode, done, total, invalid, startedAt, endedAt } = row;
    const own = row.scorer as Scorer;
    const imported = isImported(home, name);
    const tools = imported ? undefined : figures.report(name)?.tools;
    if (row.state !== 'running') pace.forget(name);
    const counted = row.done - row.invalid;
    return {
      name, benchmark, data, policy, mode, scorer: scorer ?? own, prompts: evaluations.config(name).prompts, ...stateOf(name, row.state),
      origin: imported ? 'imported' : readCommand(home, name) ? 'app' : 'elsewhere',
      done, total, invalid, secondsLeft: row.state === 'running' ? pace.secondsLeft(name, done, total) : null,
      parts: [...figures.parts(row, scorer ?? own)], toolUse: tools && counted > 0 ? Math.min(100, (100 * tools.itemsWithTools) / counted) : null, startedAt, endedAt,
    };
  };
  const isKnown = (name: string): boolean => {
    try {
      return evaluations.get(name).name === name;
    } catch (error) {
      if (error instanceof InputError) return false;
      throw error;
    }
  };
  const waitingRows = () => notBegun(home, isKnown);
  const beginning = (name: string, { benchmark, data, policy, mode, scorer, prompts, at }: Command): Row => ({
    name, benchmark, data, policy, mode, scorer, prompts, origin: 'app', ...stateOf(name, 'stopped'), done: 0, total: 0, invalid: 0, secondsLeft: null, parts: [], toolUse: null, startedAt: at, endedAt: null,
  });
  const rowNamed = (name: string, scorer: Scorer | null): { readonly row: Row; readonly kept: EvaluationRow | undefined } => {
    const waiting = waitingRows().find((each) => each.name === name);
    if (waiting) return { row: beginning(name, waiting.command), kept: undefined };
    const kept = evaluations.get(name);
    return { row: rowOf(kept, scorer), kept };
  };
  /** All finished items, right and wrong by the scorer that is asked for. */
  const itemsBy = (name: string, scorer: Scorer | null): readonly ItemRow[] => {
    const row = evaluations.get(name);
    const { rows } = evaluations.items(name, { limit: every });
    if (scorer === null || scorer === row.scorer) return rows;
    const { places, scores: { items } } = figures.scored(row, scorer);
    const byPlace = new Map(places.map((place, i) => [place, items[i]]));
    return rows.map((item) => {
      const scored = byPlace.get(item.index);
      return scored ? { ...item, outcome: item.outcome === 'unanswered' ? 'unanswered' : scored.em === 1 ? 'right' : 'wrong', f1: scored.f1, em: scored.em } : item;
    });
  };
  const scoredOf = (name: string, scorer: Scorer | null) => {
    const row = evaluations.get(name);
    return figures.scored(row, scorer ?? (row.scorer as Scorer));
  };
  const paired = (before: string, after: string, scorer: Scorer | null) => {
    const [a, b] = [scoredOf(before, scorer), scoredOf(after, scorer)];
    return { comparison: compareScored(a, b, [before, after], isImported(home, before) || isImported(home, after)), pairs: pairsOf(a, b) };
  };

  return {
    'evaluations.list': ({ text, scorer, limit }) => {
      const { total, rows } = evaluations.list({ text, limit });
      const wanted = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
      const waiting = waitingRows().filter(({ name, command }) => wanted.every((word) => `${name} ${command.benchmark} ${command.policy} ${command.mode}`.toLowerCase().includes(word)));
      return { total: total + waiting.length, rows: [...waiting.map(({ name, command }) => beginning(name, command)), ...rows.map((row) => rowOf(row, scorer))] };
    },
    'evaluations.get': ({ name, scorer }): Outputs['evaluations.get'] => {
      const { row, kept } = rowNamed(name, scorer);
      const config = kept && evaluations.config(name);
      const report = figures.report(name);
      const imported = row.origin === 'imported';
      return {
        row, folder: folderOf(home, name),
        settings: config && !imported ? { prompts: config.prompts, code: config.tools.code, search: config.tools.search, steps: config.limits.steps, temperature: config.sampling.temperature, maxNewTokens: config.sampling.maxNewTokens, seed: config.sampling.seed } : null,
        ownScorer: (kept?.scorer as Scorer | undefined) ?? row.scorer,
        counts: scorer === null || scorer === kept?.scorer ? { ...(kept ? evaluations.items(name, { limit: 1 }).counts : countsOf([])) } : countsOf(kept ? itemsBy(name, scorer) : []),
        endings: imported ? {} : (report?.endings ?? {}), tools: imported ? null : (report?.tools ?? null), usage: imported ? null : (report?.usage ?? null), notes: report?.scores.notes ?? [],
        asked: imported ? null : askedPolicy(context, row.policy, readCommand(home, name)),
        resumable: row.origin === 'app' && (row.state === 'stopped' || row.state === 'failed' || (row.state === 'finished' && row.invalid > 0)),
      };
    },
    'evaluations.items': ({ name, scorer, outcome, text, offset, limit }) => {
      if (waitingRows().some((each) => each.name === name)) return { total: 0, rows: [], counts: countsOf([]) };
      const samples = figures.samples(name);
      const wanted = text.trim().toLowerCase();
      const shown = ({ index, id, outcome: became, answer, gold, f1 }: ItemRow) => ({ index, id, outcome: became, question: samples?.[index]?.question || null, answer, gold: gold ?? samples?.[index]?.answers.join(' | ') ?? null, f1 });
      if (wanted === '' && (scorer === null || scorer === evaluations.get(name).scorer)) {
        const { total, rows, counts } = evaluations.items(name, { ...(outcome !== null && { outcome }), offset, limit });
        return { total, rows: rows.map(shown), counts: { ...counts } };
      }
      // The index has neither questions nor other scores, so its items are looked through here.
      const all = itemsBy(name, scorer);
      const counts = countsOf(all);
      const found = all.filter((item) => outcome === null || item.outcome === outcome).map(shown).filter(({ id, question, answer, gold }) => `${id}\n${question ?? ''}\n${answer ?? ''}\n${gold ?? ''}`.toLowerCase().includes(wanted));
      return { total: found.length, rows: found.slice(offset, offset + limit), counts };
    },
    'evaluations.item': async ({ name, index, scorer }) => {
      const { id, trajectory } = evaluations.item(name, index);
      const row = evaluations.get(name);
      const sample = figures.samples(name)?.[index];
      const benchmark = benchmarks.find((each) => each.name === row.benchmark);
      const { ending } = trajectory;
      const kept = sample && { task: sample.task, question: sample.question, answers: [...sample.answers], images: await Promise.all(sample.images.map((image) => keptImage(images, image))), split: sample.split ?? null };
      return {
        index, id, asked: kept ?? null,
        trajectory: { ...trajectory, turns: trajectory.turns.map(({ tokens: _, ...turn }) => turn) },
        score: !sample || !benchmark || ending.kind === 'invalid' ? null : scoreAnswer(metricOf(benchmark, scorer ?? (row.scorer as Scorer)), ending.kind === 'answered' ? ending.answer : null, sample.answers),
      };
    },
    'evaluations.check': (draft, signal) => checkEvaluation(context, draft, signal),
    'evaluations.start': async (draft, signal) => {
      const { ready, findings } = await checkEvaluation(context, draft, signal);
      const problem = findings.find(({ status }) => status === 'problem');
      if (!ready && problem) throw new InputError({ thing: 'the evaluation', expected: 'nothing that stands in its way', found: problem.detail, remedy: 'Mend this, then start it.' });
      return { name: await starter.create(draft) };
    },
    'evaluations.stop': async ({ name }, signal) => {
      await starter.stop(name, signal);
      return null;
    },
    'evaluations.resume': ({ name, retryInvalid }) => {
      starter.resume(name, retryInvalid);
      return null;
    },
    'evaluations.remove': async ({ names }) => {
      const bin: number[] = [];
      for (const name of names) {
        if (starter.isStarting(name)) throw new InputError({ thing: `evaluation ${name}`, expected: 'no process at work on it', found: 'one that begins', remedy: 'Stop it first.' });
        bin.push(await store.bin.remove({ kind: 'evaluation', name }));
        changes.tell('evaluations', name);
      }
      return { bin };
    },
    'evaluations.restore': async ({ bin }) => {
      const names: string[] = [];
      for (const id of bin) names.push(await store.bin.restore(id));
      await store.indexer.look();
      for (const name of names) changes.tell('evaluations', name);
      return { names };
    },
    'evaluations.report': ({ name, form }) => {
      const file = path.join(folderOf(home, evaluations.get(name).name), `report.${form}`);
      if (!existsSync(file)) throw new InputError({ thing: `evaluation ${name}`, expected: 'a report', found: 'none yet', remedy: 'Wait until items are finished.' });
      return { file, text: readFileSync(file, 'utf8') };
    },
    'evaluations.importPredictions': async (wish) => {
      const imported = await importPredictions(context, wish);
      changes.tell('evaluations', imported.name);
      return imported;
    },
    'evaluations.compare': ({ names: [base = '', ...others], scorer }): Outputs['evaluations.compare'] => ({
      base: rowOf(evaluations.get(base), scorer),
      others: others.map((name) => {
        const row = rowOf(evaluations.get(name), scorer);
        try {
          const { comparison: { n, unpaired, before, after, difference, mcnemar }, pairs } = paired(base, name, scorer);
          return { row, refused: null, figures: { n, unpaired, before, after, difference, p: mcnemar.p, counts: countKinds(pairs) } };
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          return { row, refused: { ...error.expectation }, figures: null };
        }
      }),
    }),
    'evaluations.compared': ({ before, after, scorer, kind, text, offset, limit }) => {
      const wanted = text.trim().toLowerCase();
      const found = ofKind(paired(before, after, scorer).pairs, kind).filter((pair) => wanted === '' || [pair.id, pair.question ?? '', pair.before.answer ?? '', pair.after.answer ?? '', ...pair.golds].join('\n').toLowerCase().includes(wanted));
      const side = ({ index, answer, f1, em }: (typeof found)[number]['before']) => ({ index, answer, f1, em });
      return { total: found.length, rows: found.slice(offset, offset + limit).map((pair) => ({ id: pair.id, question: pair.question, gold: pair.golds.join(' | '), before: side(pair.before), after: side(pair.after) })) };
    },
  };
}

const countsOf = (items: readonly ItemRow[]): Record<ItemRow['outcome'], number> => Object.fromEntries(outcomes.map((each) => [each, items.filter(({ outcome }) => outcome === each).length])) as Record<ItemRow['outcome'], number>;

/** Images that lie beside a benchmark are kept by their hash when they are looked at: windows fetch nothing else. */
async function keptImage(images: EngineContext['images'], reference: string): Promise<string> {
  if (reference.startsWith('sha256:')) return reference;
  try {
    return await images.put(await images.read(reference));
  } catch (error) {
    if (error instanceof InputError) return reference;
    throw error;
  }
}
