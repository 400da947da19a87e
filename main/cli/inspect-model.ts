import { Command } from 'commander';
import { examineModelFolder } from '../model/examine.ts';
import type { ModelReport } from '../model/folder/inspect.ts';
import { bytesText } from './bytes-text.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

export const inspectModel: CommandSetup = (run) =>
  new Command('inspect-model')
    .description('say what a model folder holds: sizes, parameters, files, and what is missing')
    .argument('<folder>', 'a Hugging Face folder of a Qwen2.5-VL')
    .addOption(jsonOption())
    .addHelpText('after', examples('inspect-model ~/models/Qwen2.5-VL-3B-Instruct'))
    .action((folder: string, options: { json: boolean }) =>
      run(async ({ terminal }) => {
        const report = examineModelFolder(folder);
        terminal.result(report, reportText(report));
      }, options.json),
    );

function reportText({ folder, config, storedAs, parameters, files, missing, surplusTensors }: ModelReport): string {
  const lines = [folder];
  if (config) {
    const { text, vision } = config;
    lines.push(`  Qwen2.5-VL, ${storedAs === undefined ? `${config.dtype} by its config` : `stored as ${storedAs}`}`);
    lines.push(`  text    ${text.layers} layers of ${text.hiddenSize}, ${text.heads} heads on ${text.kvHeads}, MLP ${text.intermediateSize}, ${text.vocabSize} words, ${text.tiedHead ? 'head tied to the embedding' : 'own head'}, context ${text.maxPositions}`);
    lines.push(`  vision  ${vision.depth} blocks of ${vision.hiddenSize}, ${vision.heads} heads, patches of ${vision.patchSize}, windows of ${vision.windowSize} pixels`);
  }
  if (parameters) lines.push(`  ${millions(parameters.total)} parameters: text ${millions(parameters.text)}, vision ${millions(parameters.vision)}`);
  lines.push('', ...files.map(({ name, bytes }) => `  ${bytesText(bytes).padStart(10)}  ${name}`));
  if (surplusTensors.length > 0) lines.push('', `  ${surplusTensors.length} tensors that the model does not use: ${surplusTensors.slice(0, 3).join(', ')}${surplusTensors.length > 3 ? ' …' : ''}`);
  lines.push('', ...(missing.length > 0 ? ['Missing or of no use:', ...missing.map((sentence) => `  ${sentence}`)] : ['Nothing is missing.']));
  return lines.join('\n');
}

const millions = (count: number): string => (count >= 1e9 ? `${(count / 1e9).toFixed(2)} G` : `${(count / 1e6).toFixed(2)} M`);
