import { Command, Option } from 'commander';
import { type GenerationPlan, planGeneration } from '../generation/plan.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { type Provider, providers } from '../runtime/provider.ts';
import { bytesText } from './bytes-text.ts';
import { type CommandSetup, examples, integer, jsonOption } from './command.ts';

type PlanOptions = {
  readonly model: string;
  readonly provider: Provider;
  readonly imagePixels: number;
  readonly prompt: number;
  readonly completion: number;
  readonly group: number;
  readonly quantize?: string;
  readonly precision: 'float32' | 'float16';
  readonly layersPerRun?: number;
  readonly json: boolean;
};

export const plan: CommandSetup = (run) =>
  new Command('plan')
    .description('predict the memory that a generation needs, from config.json alone')
    .requiredOption('--model <folder>', 'a model folder; its weights need not be there')
    .addOption(new Option('--provider <name>', 'where to compute').choices(providers).default('cpu'))
    .option('--image-pixels <n>', 'area of the image as the model sees it; 0 for none', integer(0), 401_408)
    .option('--prompt <n>', 'tokens of the prompt, the image’s included', integer(1), 1024)
    .option('--completion <n>', 'tokens of each completion', integer(1), 256)
    .option('--group <n>', 'completions of the prompt', integer(1), 1)
    .option('--quantize <scheme>', 'hold the decoder in few bits: int4, int4-block128, int8 …')
    .addOption(new Option('--precision <type>', 'floats of matrices that are not quantised').choices(['float32', 'float16']).default('float32'))
    .option('--layers-per-run <n>', 'bring this many layers at a time to the device', integer(1))
    .addOption(jsonOption())
    .addHelpText('after', examples('plan --model ~/models/Qwen2.5-VL-3B-Instruct --quantize int4 --group 8', 'plan --model DIR --provider webgpu --precision float16 --prompt 2048 --json'))
    .action((options: PlanOptions) =>
      run(async ({ terminal }) => {
        const planned = planGeneration({
          config: readModelConfig(options.model),
          provider: options.provider,
          precision: options.precision,
          imagePixels: options.imagePixels,
          promptTokens: options.prompt,
          completionTokens: options.completion,
          group: options.group,
          ...(options.quantize !== undefined && { quantize: parseScheme(options.quantize) }),
          ...(options.layersPerRun !== undefined && { layersPerRun: options.layersPerRun }),
        });
        terminal.result(planned, planText(planned));
      }, options.json),
    );

function planText({ where, parts, peakBytes, processBytes }: GenerationPlan): string {
  const line = (name: string, bytes: number): string => `${bytesText(bytes).padStart(10)}  ${name}`;
  const lines = [...parts.map(({ name, bytes }) => line(name, bytes)), line(where === 'memory' ? 'at the peak' : 'at the peak, on the device', peakBytes)];
  return where === 'memory' ? lines.join('\n') : [...lines, line('of the process’s memory besides', processBytes)].join('\n');
}
