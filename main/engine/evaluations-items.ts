import type { z } from 'zod';
import type { evaluationsContract } from '../../preload/contract/evaluations.ts';
import { type Scorer, benchmarks, metricOf } from '../evaluate/benchmarks.ts';
import { InputError } from '../records/input-error.ts';
import { scoreAnswer } from '../reward/text-metrics.ts';
import { type ItemRow, outcomes } from '../store/evaluations/evaluations.ts';
import type { EngineContext } from './context.ts';
import type { EvaluationFigures } from './evaluations-figures.ts';

type Contract = typeof evaluationsContract;
type Counts = Record<ItemRow['outcome'], number>;

const every = 10_000_000;

/** Items of evaluations with what was asked, right and wrong by the scorer that is wanted. */
export class EvaluationItems {
  readonly #evaluations: EngineContext['store']['evaluations'];
  readonly #images: EngineContext['images'];
  readonly #figures: EvaluationFigures;

  constructor({ store, images }: EngineContext, figures: EvaluationFigures) {
    this.#evaluations = store.evaluations;
    this.#images = images;
    this.#figures = figures;
  }

  /** How many became what. */
  counts(name: string, scorer: Scorer | null): Counts {
    return this.#isOwn(name, scorer) ? { ...this.#evaluations.items(name, { limit: 1 }).counts } : countsOf(this.#by(name, scorer));
  }

  page({ name, scorer, outcome, text, offset, limit }: z.output<Contract['evaluations.items']['input']>): z.input<Contract['evaluations.items']['output']> {
    const samples = this.#figures.samples(name);
    const wanted = text.trim().toLowerCase();
    const shown = ({ index, id, outcome: became, answer, gold, f1 }: ItemRow) => ({ index, id, outcome: became, question: samples?.[index]?.question || null, answer, gold: gold ?? samples?.[index]?.answers.join(' | ') ?? null, f1 });
    if (wanted === '' && this.#isOwn(name, scorer)) {
      const { total, rows, counts } = this.#evaluations.items(name, { ...(outcome !== null && { outcome }), offset, limit });
      return { total, rows: rows.map(shown), counts: { ...counts } };
    }
    // The index has neither questions nor other scores, so its items are looked through here.
    const all = this.#by(name, scorer);
    const counts = countsOf(all);
    const found = all.filter((item) => outcome === null || item.outcome === outcome).map(shown).filter(({ id, question, answer, gold }) => `${id}\n${question ?? ''}\n${answer ?? ''}\n${gold ?? ''}`.toLowerCase().includes(wanted));
    return { total: found.length, rows: found.slice(offset, offset + limit), counts };
  }

  async one({ name, index, scorer }: z.output<Contract['evaluations.item']['input']>): Promise<z.input<Contract['evaluations.item']['output']>> {
    const { id, trajectory } = this.#evaluations.item(name, index);
    const row = this.#evaluations.get(name);
    const sample = this.#figures.samples(name)?.[index];
    const benchmark = benchmarks.find((each) => each.name === row.benchmark);
    const { ending } = trajectory;
    const kept = sample && { task: sample.task, question: sample.question, answers: [...sample.answers], images: await Promise.all(sample.images.map((image) => keptImage(this.#images, image))), split: sample.split ?? null };
    return {
      index, id, asked: kept ?? null,
      trajectory: { ...trajectory, turns: trajectory.turns.map(({ tokens: _, ...turn }) => turn) },
      score: !sample || !benchmark || ending.kind === 'invalid' ? null : scoreAnswer(metricOf(benchmark, scorer ?? (row.scorer as Scorer)), ending.kind === 'answered' ? ending.answer : null, sample.answers),
    };
  }

  /** Whether the index has the outcomes by this scorer. */
  #isOwn(name: string, scorer: Scorer | null): boolean {
    return scorer === null || scorer === this.#evaluations.get(name).scorer;
  }

  /** All finished items by a scorer. */
  #by(name: string, scorer: Scorer | null): readonly ItemRow[] {
    const { rows } = this.#evaluations.items(name, { limit: every });
    if (scorer === null || this.#isOwn(name, scorer)) return rows;
    const { places, scores: { items } } = this.#figures.scored(this.#evaluations.get(name), scorer);
    const byPlace = new Map(places.map((place, i) => [place, items[i]]));
    return rows.map((item) => {
      const scored = byPlace.get(item.index);
      return scored ? { ...item, outcome: item.outcome === 'unanswered' ? 'unanswered' : scored.em === 1 ? 'right' : 'wrong', f1: scored.f1, em: scored.em } : item;
    });
  }
}

export const countsOf = (items: readonly ItemRow[]): Counts => Object.fromEntries(outcomes.map((each) => [each, items.filter(({ outcome }) => outcome === each).length])) as Counts;

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
