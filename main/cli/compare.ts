import { Command } from 'commander';
import { type BenchmarkData, readBenchmark } from '../data/benchmark.ts';
import { type Changed, type Comparison, compare } from '../evaluate/compare.ts';
import { dataHash } from '../evaluate/data-hash.ts';
import { estimateText } from '../evaluate/figures-text.ts';
import { readEvaluation, readSamples } from '../evaluate/folder.ts';
import { type Report, reportOf } from '../evaluate/report.ts';
import { InputError } from '../records/input-error.ts';
import { type CommandSetup, examples, integer, jsonOption } from './command.ts';

type CompareOptions = { readonly data?: string; readonly split: string; readonly show: number; readonly json: boolean };

export const compareCommand: CommandSetup = (run) =>
  new Command('compare')
    .description('two evaluations of the same items, item by item: what changed, and whether it is more than chance')
    .argument('<before>', 'the folder of an evaluation')
    .argument('<after>', 'the folder of another')
    .option('--data <path>', 'the benchmark’s file or folder, as they were evaluated on: for evaluations that do not keep what they asked')
    .option('--split <name>', 'of a folder with several files', 'test')
    .option('--show <n>', 'changed items to list of each kind', integer(0, 1_000_000), 10)
    .addOption(jsonOption())
    .addHelpText('after', examples('compare evaluations/base evaluations/step-60'))
    .action((before: string, after: string, options: CompareOptions) =>
      run(async ({ terminal, signal }) => {
        const data = options.data === undefined ? undefined : await readBenchmark(options.data, options.split, signal);
        const [a, b] = [before, after].map((folder) => report(folder, data)) as [Report, Report];
        const comparison = compare(a, b, [before, after]);
        terminal.result(comparison, comparisonText(comparison, options.show));
      }, options.json),
    );

/** An evaluation with gold answers from the data that is named, else from what it keeps itself. */
function report(folder: string, data: BenchmarkData | undefined): Report {
  const { config, items } = readEvaluation(folder);
  if (data) {
    const hash = dataHash(data, config.items);
    if (config.dataHash !== hash.own && config.dataHash !== hash.former) {
      throw new InputError({ thing: data.file, expected: `the ${config.items} items that ${folder} asked`, found: data.samples.length < config.items ? `${data.samples.length} items` : 'other items', remedy: 'Leave --data out, or name the data that was evaluated.' });
    }
    // One of the two may be of an earlier version, with another hash of the same data.
    return reportOf({ ...config, dataHash: hash.own }, data.samples.slice(0, config.items), items);
  }
  const samples = readSamples(folder);
  if (samples?.length === config.items) return reportOf(config, samples, items);
  throw new InputError({ thing: folder, expected: `samples.jsonl with its ${config.items} items`, found: samples ? `${samples.length} items` : 'none', remedy: 'Name the data that was evaluated with --data.' });
}

function comparisonText({ n, unpaired, before, after, difference, mcnemar, better, worse }: Comparison, show: number): string {
  const line = (name: string, key: 'f1' | 'em'): string => `${name}   ${estimateText(before[key])}  →  ${estimateText(after[key])}   difference ${estimateText(difference[key])}`;
  const items = (title: string, list: readonly Changed[]): readonly string[] => [
    `${title}: ${list.length}`,
    ...list.slice(0, show).map(({ id, gold, before: was, after: is, f1Before, f1After }) => `  ${id}: ${short(was)} (${f1Before.toFixed(2)}) → ${short(is)} (${f1After.toFixed(2)}); gold ${short(gold[0] ?? null)}`),
  ];
  return [
    `${n} items of both${unpaired > 0 ? `, ${unpaired} of one alone` : ''}`,
    line('F1', 'f1'),
    line('EM', 'em'),
    `right only before ${mcnemar.onlyBefore}, only after ${mcnemar.onlyAfter}: p = ${mcnemar.p.toPrecision(3)} (McNemar, exact)`,
    ...items('better', better),
    ...items('worse', worse),
  ].join('\n');
}

const short = (text: string | null): string => (text === null ? 'no answer' : JSON.stringify(text.length > 60 ? `${text.slice(0, 59)}…` : text));
