import { Command } from 'commander';
import { estimateText } from '../evaluate/figures-text.ts';
import { openHome } from '../home.ts';
import { curveText } from '../train/quickstart/curve.ts';
import { type Measured, type QuickstartResult, runQuickstart } from '../train/quickstart/quickstart.ts';
import { type CommandSetup, examples, jsonOption, seedNumber } from './command.ts';
import { durationText } from './remaining.ts';
import { heldOutLine, hooksOf, stepLine } from './train.ts';

export const quickstart: CommandSetup = (run) =>
  new Command('quickstart')
    .description('the main job on built-in data, in minutes: a tiny visual agent learns by GRPO which tool helps')
    .option('--seed <n>', 'another seed draws other questions and other episodes', seedNumber, 1)
    .option('--set <key=value>', 'a field of the run, as in arft train', (value: string, before: readonly string[]) => [...before, value], [])
    .addOption(jsonOption())
    .addHelpText('after', examples('quickstart', 'quickstart --seed 3 --json'))
    .action((options: { seed: number; set: readonly string[]; json: boolean }) =>
      run(async ({ terminal, signal }) => {
        const result = await runQuickstart(openHome(), options.seed, options.set, signal, {
          ...hooksOf(terminal),
          onStage: (text) => terminal.log(text),
          onMetrics: (step, metrics) => terminal.log(`   ${stepLine(step, stepsOf(options.set), metrics)}`),
          onHeldOut: (step, figures) => terminal.log(`   ${heldOutLine(step, figures)}`),
        });
        const means = ({ items, invalid, f1, em, rightTool }: Measured) => ({ items, invalid, f1: f1.mean, em: em.mean, rightTool: rightTool && rightTool.mean });
        terminal.result({ before: means(result.before), after: means(result.after), seconds: result.seconds, run: result.run.folder, report: result.report }, summary(result));
      }, options.json),
    );

const presetSteps = 40;
const stepsOf = (settings: readonly string[]): number => Number(settings.findLast((each) => each.startsWith('steps='))?.slice(6) ?? presetSteps);

function summary({ before, after, seconds, run, report, curve, heldOut }: QuickstartResult): string {
  const row = (title: string, key: 'f1' | 'em' | 'rightTool'): string =>
    `  ${title.padEnd(12)} ${estimateText(before[key]).padEnd(24)} ${estimateText(after[key]).padEnd(24)} ${(before.sampled[key]?.toFixed(1) ?? '–').padStart(5)} → ${after.sampled[key]?.toFixed(1) ?? '–'}`;
  return [
    '',
    `  ${'percent'.padEnd(12)} ${'before, greedy (95 %)'.padEnd(24)} ${'after, greedy (95 %)'.padEnd(24)} 4 samples at T 1`,
    row('F1', 'f1'),
    row('EM', 'em'),
    row('right tool', 'rightTool'),
    '',
    `  reward ${curveText({ steps: curve, heldOut })}`,
    '',
    `  ${durationText(seconds)} in all. The report with pictures: ${report}`,
    `  The run: ${run.folder}`,
    '',
    '  What next:',
    `    npm run -s arft -- runs show ${run.name}`,
    `    npm run -s arft -- export ${run.name} --out my-adapter`,
    '    npm run -s arft -- train --help',
    '    npm run -s arft -- doctor',
  ].join('\n');
}
