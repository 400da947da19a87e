import { Command } from 'commander';
import { writeMini } from '../data/mini/dataset.ts';
import { withFile } from '../model/folder/file-errors.ts';
import { type CommandSetup, examples, integer, jsonOption, seedNumber, someText } from './command.ts';
import { UsageError } from './terminal.ts';

type MiniOptions = { readonly out: string; readonly seed: number; readonly train: number; readonly validation: number; readonly test: number; readonly json: boolean };

export const dataMini: CommandSetup = (run) =>
  new Command('mini')
    .description('write MAT-mini, the built-in task: pictures of one character, damaged or not, and questions about them')
    .requiredOption('--out <folder>', 'where to write it', someText)
    .option('--seed <n>', 'the same seed gives the same files', seedNumber, 0)
    .option('--train <n>', 'items to train on', integer(0, 1_000_000), 1000)
    .option('--validation <n>', 'items to choose by', integer(0, 1_000_000), 0)
    .option('--test <n>', 'items to report', integer(0, 1_000_000), 200)
    .addOption(jsonOption())
    .addHelpText('after', examples('data mini --out mini --seed 1 --train 1000 --test 200'))
    .action(({ out, seed, json, ...counts }: MiniOptions) =>
      run(async ({ terminal, signal }) => {
        const total = counts.train + counts.validation + counts.test;
        if (total === 0) throw new UsageError('nothing to write: give --train, --validation or --test one item or more');
        const written = await writeMini(out, seed, counts, (done) => terminal.progress('items', done, total), signal).catch((error: unknown) =>
          withFile(out, 'a folder that can be written to', () => {
            throw error;
          }),
        );
        terminal.result({ out, seed, splits: written }, written.map(({ split, items, files }) => `${split}: ${items} items; ${files.join(', ')}`).join('\n'));
      }, json),
    );
