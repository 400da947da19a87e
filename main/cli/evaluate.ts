import path from 'node:path';
import { Command, Option } from 'commander';
import { readBenchmark } from '../data/benchmark.ts';
import { bytesOfDataUri } from '../data/image-reference.ts';
import type { ImageStore } from '../data/image-store.ts';
import { noteOutside } from '../data/outside-places.ts';
import { type Scorer, benchmarks, otherKind } from '../evaluate/benchmarks.ts';
import { dataHash } from '../evaluate/data-hash.ts';
import { figuresTable } from '../evaluate/figures-text.ts';
import { EvaluationFolder } from '../evaluate/folder.ts';
import { reportOf, writeReport } from '../evaluate/report.ts';
import { runEvaluation } from '../evaluate/run.ts';
import { openHome } from '../home.ts';
import { InputError } from '../records/input-error.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { configOf, ownFolder } from './evaluation-config.ts';
import { benchmarkOption, flat, scorerOption } from './score.ts';
import { remaining } from './remaining.ts';
import { exit, visible } from './terminal.ts';
import { type WorldOptions, addWorldOptions, openWorld } from './world.ts';

type EvaluateOptions = WorldOptions & {
  readonly benchmark: string;
  readonly data: string;
  readonly split: string;
  readonly mode: 'agent' | 'direct';
  readonly scorer: Scorer;
  readonly limit?: number;
  readonly concurrency: number;
  readonly out?: string;
  readonly retryInvalid: boolean;
  readonly json: boolean;
};

export const evaluate: CommandSetup = (run) =>
  addWorldOptions(
    new Command('evaluate')
      .description('ask a policy every question of a benchmark; continues where it was stopped')
      .addOption(benchmarkOption())
      .requiredOption('--data <path>', 'the benchmark’s file, or its folder')
      .option('--split <name>', 'of a folder with several files', 'test')
      .addOption(new Option('--mode <mode>', 'with tools, or one direct answer').choices(['agent', 'direct']).default('agent'))
      .addOption(scorerOption())
      .option('--limit <n>', 'only the first items', integer(1, 1_000_000_000))
      .option('--concurrency <n>', 'episodes at the same time', integer(1, 1000), 4)
      .option('--out <folder>', 'where everything is kept; a folder of the data folder by default')
      .option('--retry-invalid', 'ask again what ended by a fault of ours', false),
  )
    .addOption(jsonOption())
    .addHelpText('after', examples(
      'evaluate --benchmark mat-mini --data mini --policy mini-expert --prompts mini',
      'evaluate --benchmark mat-coding --data MAT-Coding --policy endpoint:http://127.0.0.1:8000/v1 --model-name qwen2.5-vl-7b',
      'evaluate --benchmark musique --data musique.jsonl --policy local:models/arft-3b --mode direct',
    ))
    .action((options: EvaluateOptions) => run((call) => evaluateAction(options, call), options.json));

async function evaluateAction(options: EvaluateOptions, { terminal, signal }: Call): Promise<number> {
  const direct = options.mode === 'direct';
  const data = await readBenchmark(options.data, options.split, signal);
  const { samples, faults, file, corpusFile } = data;
  for (const fault of faults.slice(0, 20)) terminal.log(`${file}: ${fault}`);
  if (faults.length > 20) terminal.log(`… and ${faults.length - 20} more rows with faults`);
  const asked = samples.slice(0, options.limit ?? samples.length);
  if (asked.length === 0) throw new InputError({ thing: file, expected: 'one question or more', found: 'none', remedy: 'Correct its rows, or name another file.' });
  const benchmark = benchmarks.find(({ name }) => name === options.benchmark);
  const other = benchmark && otherKind(benchmark, asked);
  if (other !== undefined) terminal.log(`${file}: ${other}`);
  const world = await openWorld(options, terminal, { direct, concurrency: options.concurrency, ...(corpusFile !== undefined && { corpusFile }) });
  try {
    const hash = dataHash(data, asked.length);
    const wanted = configOf(options, world, file, asked.length, hash);
    const out = options.out ?? ownFolder(wanted, hash);
    const folder = EvaluationFolder.open(out, wanted, hash.former);
    await noteOutside(openHome(), out);
    const { config } = folder;
    try {
      folder.keepSamples(await Promise.all(asked.map(async (sample) => ({ ...sample, images: await Promise.all(sample.images.map((image) => keptImage(world.images, image))) }))));
      if (folder.finished.length > 0) terminal.log(`${folder.finished.length} items were finished before; going on in ${out}`);
      const clock = remaining();
      const reportNow = reporter(() => writeReport(out, reportOf(config, asked, folder.finished)));
      await runEvaluation(asked, folder, {
        ...world,
        mode: options.mode,
        concurrency: options.concurrency,
        retryInvalid: options.retryInvalid,
        signal,
        onItem: ({ done, total, item }) => {
          terminal.progress(`items, ${clock(done, total)}`, done, total);
          reportNow();
          const { ending } = item.trajectory;
          if (ending.kind === 'invalid') terminal.log(visible(`item ${item.id} is invalid: ${ending.where}: ${ending.reason}`));
        },
      });
    } finally {
      folder.close();
      const report = reportOf(config, asked, folder.finished);
      if (folder.finished.length > 0) writeReport(out, report);
      if (signal.aborted) terminal.log(`stopped; the same command goes on with the ${report.missing} items that are left (${out})`);
    }
    const report = reportOf(config, asked, folder.finished);
    const { scores } = report;
    for (const note of scores.notes) terminal.log(note);
    const document = { benchmark: options.benchmark, scorer: options.scorer, ...flat(scores.all), splits: Object.fromEntries(Object.entries(scores.splits).map(([name, figures]) => [name, flat(figures)])), invalid: report.invalid.length, tools: report.tools, endings: report.endings, usage: report.usage, folder: out };
    terminal.result(document, `${figuresTable(scores)}\n${report.invalid.length > 0 ? `${report.invalid.length} items ended by a fault of ours and are not counted; --retry-invalid asks them again\n` : ''}report: ${path.join(out, 'report.md')}`);
    if (scores.all.n > 0) return exit.done;
    const [first] = report.invalid;
    terminal.log(visible(`nothing could be scored: every item ended by a fault of ours${first ? `, the first (${first.id}) by ${first.where}: ${first.reason}` : ''}`));
    return exit.failed;
  } finally {
    await world.close();
  }
}

/** An image that is written out in its row is kept by its hash. */
async function keptImage(images: ImageStore, image: string): Promise<string> {
  const bytes = bytesOfDataUri(image);
  return bytes ? images.put(bytes) : image;
}

/** Makes a report now and then, so that one can be read while items are left; it takes a twentieth of the time at most. */
function reporter(write: () => void): () => void {
  let next = performance.now() + 2000;
  return () => {
    const start = performance.now();
    if (start < next) return;
    write();
    const end = performance.now();
    next = end + Math.max(2000, 20 * (end - start));
  };
}
