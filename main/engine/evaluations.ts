import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { z } from 'zod';
import type { evaluationsContract } from '../../preload/contract/evaluations.ts';
import type { Scorer } from '../evaluate/benchmarks.ts';
import { InputError } from '../records/input-error.ts';
import type { Handlers } from '../rpc/serve.ts';
import type { EngineContext } from './context.ts';
import { checkEvaluation } from './evaluations-check.ts';
import { compareScored, countKinds, ofKind, pairsOf } from './evaluations-compare.ts';
import { EvaluationFigures } from './evaluations-figures.ts';
import { folderOf, isImported, readCommand } from './evaluations-folder.ts';
import { importPredictions } from './evaluations-import.ts';
import { EvaluationItems, countsOf } from './evaluations-items.ts';
import { askedPolicy } from './evaluations-policy.ts';
import { EvaluationRows } from './evaluations-rows.ts';
import { EvaluationStarter } from './evaluations-starter.ts';

type Outputs = { [K in keyof typeof evaluationsContract]: z.input<(typeof evaluationsContract)[K]['output']> };

export function evaluationsHandlers(context: EngineContext): Handlers<typeof evaluationsContract> {
  const { home, store, changes } = context;
  const { evaluations } = store;
  const starter = new EvaluationStarter(context);
  const figures = new EvaluationFigures(home, store);
  const rows = new EvaluationRows(context, starter, figures);
  const items = new EvaluationItems(context, figures);

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
      const { total, rows: kept } = evaluations.list({ text, limit });
      const waiting = rows.waitingWith(text.toLowerCase().split(/\s+/).filter((word) => word !== ''));
      return { total: total + waiting.length, rows: [...waiting, ...kept.map((row) => rows.of(row, scorer))] };
    },
    'evaluations.get': ({ name, scorer }): Outputs['evaluations.get'] => {
      const { row, kept } = rows.named(name, scorer);
      const config = kept && evaluations.config(name);
      const report = figures.report(name);
      const imported = row.origin === 'imported';
      return {
        row, folder: folderOf(home, name),
        settings: config && !imported ? { prompts: config.prompts, code: config.tools.code, search: config.tools.search, steps: config.limits.steps, temperature: config.sampling.temperature, maxNewTokens: config.sampling.maxNewTokens, seed: config.sampling.seed } : null,
        ownScorer: (kept?.scorer as Scorer | undefined) ?? row.scorer,
        counts: kept ? items.counts(name, scorer) : countsOf([]),
        endings: imported ? {} : (report?.endings ?? {}), tools: imported ? null : (report?.tools ?? null), usage: imported ? null : (report?.usage ?? null), notes: report?.scores.notes ?? [],
        asked: imported ? null : askedPolicy(context, row.policy, readCommand(home, name)),
        resumable: row.origin === 'app' && (row.state === 'stopped' || row.state === 'failed' || (row.state === 'finished' && row.invalid > 0)),
      };
    },
    'evaluations.items': (wish) => (rows.isWaiting(wish.name) ? { total: 0, rows: [], counts: countsOf([]) } : items.page(wish)),
    'evaluations.item': (wish) => items.one(wish),
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
      base: rows.of(evaluations.get(base), scorer),
      others: others.map((name) => {
        const row = rows.of(evaluations.get(name), scorer);
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
