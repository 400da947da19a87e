import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { benchmarks, splitByPosition, type Scorer } from '../evaluate/benchmarks.ts';
import { type EvaluationConfig, readSamples } from '../evaluate/folder.ts';
import { type PartFigures, type Scores, scorePredictions } from '../evaluate/score.ts';
import { parseJson } from '../records/parse-json.ts';
import type { Sample } from '../records/sample.ts';
import type { EvaluationRow, ItemRow } from '../store/evaluations/evaluations.ts';
import type { Store } from '../store/store.ts';
import { folderOf } from './evaluations-folder.ts';

const estimate = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const partFigures = z.object({ n: z.int(), unanswered: z.int(), f1: estimate, em: estimate });
/** Without figures where nothing could be scored. */
const allFigures = z.union([partFigures, z.object({ n: z.literal(0), unanswered: z.literal(0), f1: z.null(), em: z.null() })]);
const count = z.int().nonnegative();

/** What report.json says. */
const report = z.object({
  scores: z.object({ all: allFigures, splits: z.record(z.string(), partFigures), notes: z.array(z.string()) }),
  tools: z.object({ steps: count, codeRuns: count, codeErrors: count, searches: count, emptySearches: count, invalidCompletions: count, itemsWithTools: count }),
  endings: z.record(z.string(), count),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number(), cost: z.number() }),
});

export type ReportFacts = z.infer<typeof report>;
export type Part = PartFigures & { readonly name: string };
export type Scored = { readonly config: EvaluationConfig; readonly scores: Scores; /** Of each scored item, its place in the benchmark. */ readonly places: readonly number[]; readonly samples: readonly Sample[] | undefined };

/** Evaluations whose samples and scores are kept in memory. */
const mostKept = 6;

/** Figures of evaluations: as their reports have them, or counted anew. */
export class EvaluationFigures {
  readonly #home: string;
  readonly #store: Store;
  readonly #reports = new Map<string, { readonly key: string; readonly facts: ReportFacts | undefined }>();
  readonly #samples = new Map<string, { readonly key: string; readonly samples: readonly Sample[] | undefined }>();
  readonly #scored = new Map<string, { readonly key: string; readonly scored: Scored }>();

  constructor(home: string, store: Store) {
    [this.#home, this.#store] = [home, store];
  }

  report(name: string): ReportFacts | undefined {
    const file = path.join(folderOf(this.#home, name), 'report.json');
    const key = keyOf(file);
    const known = this.#reports.get(name);
    if (known?.key === key) return known.facts;
    const facts = key === '' ? undefined : report.safeParse(parseJson(readFileSync(file, 'utf8'))).data;
    this.#reports.set(name, { key, facts });
    return facts;
  }

  /** What was asked, by place; nothing where the folder does not say it. */
  samples(name: string): readonly Sample[] | undefined {
    const key = keyOf(path.join(folderOf(this.#home, name), 'samples.jsonl'));
    const known = this.#samples.get(name);
    if (known?.key === key) return known.samples;
    const samples = readSamples(folderOf(this.#home, name));
    remember(this.#samples, name, { key, samples });
    return samples;
  }

  /** Figures of the whole and of the parts; by the report where that was counted so. */
  parts(row: EvaluationRow, scorer: Scorer): readonly Part[] {
    if (scorer === row.scorer) {
      const { scores } = this.report(row.name) ?? {};
      return scores ? partsOf(scores) : [];
    }
    return row.done === row.invalid ? [] : partsOf(this.scored(row, scorer).scores);
  }

  /** The items of an evaluation with their scores. Items that ended by a fault of ours are left out. */
  scored(row: EvaluationRow, scorer: Scorer): Scored {
    const { name } = row;
    const key = `${scorer} ${row.done} ${row.invalid} ${row.endedAt} ${row.f1?.mean}`;
    const known = this.#scored.get(`${scorer} ${name}`);
    if (known?.key === key) return known.scored;
    const { evaluations } = this.#store;
    const config = { ...evaluations.config(name), scorer };
    const benchmark = benchmarks.find((each) => each.name === config.benchmark);
    if (!benchmark) throw new Error(`unknown benchmark ${config.benchmark}`);
    const samples = this.samples(name);
    const items = evaluations.items(name, { limit: 10_000_000 }).rows.filter(({ outcome }) => outcome !== 'invalid');
    const predictions = items.map(({ index, id, answer, gold }) => {
      const sample = samples?.[index];
      const split = sample?.split ?? splitByPosition(benchmark, index, config.items);
      return { id, answer, golds: sample?.answers ?? goldsIn(gold), ...(split !== undefined && { split }) };
    });
    const scored: Scored = { config, scores: scorePredictions(benchmark, scorer, predictions), places: items.map(({ index }) => index), samples };
    remember(this.#scored, `${scorer} ${name}`, { key, scored });
    return scored;
  }
}

/** None where nothing was scored; reports of earlier versions have figures of 0 there. */
const partsOf = ({ all, splits }: Pick<Scores, 'all' | 'splits'>): readonly Part[] => all.f1 === null || all.n === 0 ? [] : [{ name: 'all', ...all }, ...Object.entries(splits).map(([name, figures]) => ({ name, ...figures }))];

/** As report.csv joins them. */
const goldsIn = (gold: ItemRow['gold']): readonly string[] => (gold === null || gold === '' ? [] : gold.split(' | '));

const keyOf = (file: string): string => {
  const found = statSync(file, { throwIfNoEntry: false });
  return found ? `${found.mtimeMs} ${found.size}` : '';
};

function remember<T>(kept: Map<string, T>, name: string, value: T): void {
  kept.delete(name);
  kept.set(name, value);
  for (const oldest of kept.keys()) if (kept.size > mostKept) kept.delete(oldest);
}
