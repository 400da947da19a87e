import { existsSync, readdirSync } from 'node:fs';
import { Command } from 'commander';
import { withFile } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { makeStarter, starterDefaults } from '../train/starter/make.ts';
import { type CommandSetup, examples, integer, jsonOption, seedNumber, someText } from './command.ts';
import { remaining } from './remaining.ts';

export const starter: CommandSetup = (run) => {
  const make = new Command('make')
    .description('make the starter model again from nothing: random weights, then supervised lessons of a weak teacher (about 8 minutes on two cores)')
    .requiredOption('--out <folder>', 'a folder that is not there yet', someText)
    .option('--seed <n>', 'another seed makes another model', seedNumber, starterDefaults.seed)
    .option('--steps <n>', 'lessons of 64 conversations', integer(1, 1_000_000), starterDefaults.steps)
    .addOption(jsonOption())
    .addHelpText('after', examples('starter make --out my-starter'))
    .action((options: { out: string; seed: number; steps: number; json: boolean }) =>
      run(async ({ terminal, signal }) => {
        if (existsSync(options.out) && withFile(options.out, 'a folder that is not there yet, or empty', () => readdirSync(options.out)).length > 0) throw new InputError({ thing: options.out, expected: 'a folder that is not there yet, or empty', found: 'files', remedy: 'Choose another folder.' });
        const clock = remaining();
        let last = 0;
        await makeStarter(options.out, { ...starterDefaults, seed: options.seed, steps: options.steps }, {
          signal,
          onStep: (step, loss) => {
            last = loss;
            if (step % 25 === 24) terminal.log(`lesson ${step + 1}/${options.steps}  loss ${loss.toFixed(3)}  ${clock(step + 1, options.steps)}`);
          },
        });
        terminal.result({ out: options.out, loss: last }, `the starter model: ${options.out} (last loss ${last.toFixed(3)})`);
      }, options.json),
    );
  return new Command('starter').description('the tiny model of the quickstart').addCommand(make.exitOverride());
};
