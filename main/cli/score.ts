import { Command, Option } from 'commander';
import { type Benchmark, type Scorer, benchmarks, scorers } from '../evaluate/benchmarks.ts';
import { figuresTable } from '../evaluate/figures-text.ts';
import { readPredictions } from '../evaluate/predictions.ts';
import { type NoFigures, type PartFigures, scorePredictions } from '../evaluate/score.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

type ScoreOptions = { readonly benchmark: string; readonly predictions: string; readonly gold?: string; readonly scorer: Scorer; readonly json: boolean };

export const benchmarkOption = (): Option => new Option('--benchmark <name>', 'the benchmark that the items are from').choices(benchmarks.map(({ name }) => name)).makeOptionMandatory();

export const benchmarkOf = (name: string): Benchmark => benchmarks.find((each) => each.name === name) as Benchmark;

export const scorerOption = (): Option => new Option('--scorer <name>', 'standard, or paper: the published scorer, fault for fault (docs/scoring.md)').choices(scorers).default('standard');

export const score: CommandSetup = (run) =>
  new Command('score')
    .description('score predictions: F1 and exact match with intervals')
    .addOption(benchmarkOption())
    .requiredOption('--predictions <file>', 'a JSON list or JSON lines: pred_answer, and gt where there is no gold file')
    .option('--gold <file>', 'the benchmark’s own file, joined by id or by position')
    .addOption(scorerOption())
    .addOption(jsonOption())
    .addHelpText('after', examples('score --benchmark mat-coding --predictions mat-coding-3b.json --scorer paper', 'score --benchmark musique --predictions p.jsonl --gold musique_dev.jsonl --json'))
    .action((options: ScoreOptions) =>
      run(async ({ terminal, signal }) => {
        const predictions = await readPredictions(options.predictions, options.gold, (note) => terminal.log(note), signal);
        const scores = scorePredictions(benchmarkOf(options.benchmark), options.scorer, predictions);
        for (const note of scores.notes) terminal.log(note);
        const { benchmark, scorer, all, splits } = scores;
        terminal.result({ benchmark, scorer, ...flat(all), splits: Object.fromEntries(Object.entries(splits).map(([name, figures]) => [name, flat(figures)])) }, figuresTable(scores));
      }, options.json),
    );

/** The figures as a document has them: means in percent, intervals beside them; null where nothing was counted. */
export const flat = ({ n, unanswered, f1, em }: PartFigures | NoFigures) => ({ n, unanswered, f1: f1 && f1.mean, em: em && em.mean, intervals: { f1: f1 && [f1.low, f1.high], em: em && [em.low, em.high] } });
