import { Command } from 'commander';
import { readBenchmark } from '../data/benchmark.ts';
import { type Changed, type Comparison, compare } from '../evaluate/compare.ts';
import { estimateText } from '../evaluate/figures-text.ts';
import { readEvaluation } from '../evaluate/folder.ts';
import { type Report, reportOf } from '../evaluate/report.ts';
import type { Sample } from '../records/sample.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

type CompareOptions = { readonly data: string; readonly split: string; readonly show: string; readonly json: boolean };

export const compareCommand: CommandSetup = (run) =>
  new Command('compare')
    .description('two evaluations of the same items, item by item: what changed, and whether it is more than chance')
    .argument('<before>', 'the folder of an evaluation')
    .argument('<after>', 'the folder of another')
    .requiredOption('--data <path>', 'the benchmark’s file or folder, as they were evaluated on')
    .option('--split <name>', 'of a folder with several files', 'test')
    .option('--show <n>', 'changed items to list of each kind', '10')
    .addOption(jsonOption())
    .addHelpText('after', examples('compare evaluations/base evaluations/step-60 --data mini'))
    .action((before: string, after: string, options: CompareOptions) =>
      run(async ({ terminal, signal }) => {
        const { samples } = await readBenchmark(options.data, options.split, signal);
        const [a, b] = [before, after].map((folder) => report(folder, samples)) as [Report, Report];
        const comparison = compare(a, b, [before, after]);
        terminal.result(comparison, comparisonText(comparison, Number(options.show)));
      }, options.json),
    );

function report(folder: string, samples: readonly Sample[]): Report {
  const { config, items } = readEvaluation(folder);
  return reportOf(config, samples.slice(0, config.items), items);
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
