import { Command } from 'commander';
import type { Check } from '../doctor/check.ts';
import { examineMachine } from '../doctor/examine.ts';
import { homeFolder } from '../home.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

const marks: Readonly<Record<Check['status'], string>> = { ok: '✓', lacking: '✗', optional: '–', unknown: '?', elsewhere: '·' };

export const doctor: CommandSetup = (run) =>
  new Command('doctor')
    .description('say what this machine offers, and what to do about what it lacks')
    .option('--model <folder>', 'also look at this model folder; may be given several times', (value: string, before: readonly string[]) => [...before, value], [])
    .addOption(jsonOption())
    .addHelpText('after', examples('doctor', 'doctor --model ~/models/Qwen2.5-VL-3B-Instruct --json'))
    .action((options: { model: readonly string[]; json: boolean }) =>
      run(async ({ terminal }) => {
        const checks = await examineMachine({ home: homeFolder(), modelFolders: options.model });
        terminal.result({ checks }, checks.map(lines).join('\n'));
      }, options.json),
    );

const lines = ({ title, status, detail, remedy }: Check): string => `${marks[status]} ${title.padEnd(40)} ${detail}${remedy ? `\n  ${' '.repeat(40)} → ${remedy}` : ''}`;
