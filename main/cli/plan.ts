import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type GenerationPlan, planGeneration } from '../generation/plan.ts';
import { readModelConfig } from '../model/folder/config.ts';
import { parseScheme } from '../model/quantize/scheme.ts';
import { trainedOn } from '../model/training/trained-on.ts';
import { most } from '../records/run-config.ts';
import { type Provider, providers } from '../runtime/provider.ts';
import { type Change, type Fit, type Planner, type Together, changesToFit, largestGroups, togetherToFit } from '../train/fit-training.ts';
import { type TrainingPlan, type TrainingPlanInput, placeOf, planTraining } from '../train/plan-training.ts';
import { bytesText } from './bytes-text.ts';
import { knownScheme } from './model-options.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { UsageError } from './terminal.ts';

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
  readonly train: boolean;
  readonly full: boolean;
  readonly loraRank: number;
  readonly reference: boolean;
  readonly gpu: readonly number[];
  readonly json: boolean;
};

// A GPU's memory is also needed by the system and by the libraries.
const usableShare = 0.9;
const gibibyte = 1024 ** 3;
/** Lengths of completions that a GPU's table shows. */
const lengths = [128, 256, 512, 1024, 2048];

const sizesOfGpus = (text: string): readonly number[] =>
  text.split(',').map((part) => {
    const size = Number(part);
    if (!(size > 0)) throw new InvalidArgumentError('expected sizes in GiB like 12,16,24');
    return size;
  });

export const plan: CommandSetup = (run) =>
  new Command('plan')
    .description('predict the memory that a generation or a step of training needs, from config.json alone')
    .requiredOption('--model <folder>', 'a model folder; its weights need not be there')
    .addOption(new Option('--provider <name>', 'where to compute').choices(providers).default('cpu'))
    .option('--image-pixels <n>', 'area of the largest image as the model sees it; 0 for none', integer(0, 1_000_000_000), 401_408)
    .option('--prompt <n>', 'tokens of the prompt, the image’s included', integer(1, 10_000_000), 1024)
    .option('--completion <n>', 'tokens of each completion', integer(1, 10_000_000), 256)
    .option('--group <n>', 'completions of the prompt', integer(1, 100_000), 1)
    .option('--quantize <scheme>', 'hold the decoder in few bits: int4, int4-block128, int8 …', knownScheme)
    .addOption(new Option('--precision <type>', 'floats of matrices that are not quantised').choices(['float32', 'float16']).default('float32'))
    .option('--layers-per-run <n>', 'bring this many layers at a time to the device', integer(1, 10_000))
    .option('--train', 'a step of training: the group is written and learnt from', false)
    .option('--lora-rank <n>', 'train: rank of the adapter', integer(1, most.rank), 16)
    .option('--full', 'train: all weights of the text model instead of an adapter', false)
    .option('--no-reference', 'train: without the reference’s logprobs (β 0)')
    .option('--gpu <GiB>', 'train: what GPUs of these sizes could do', sizesOfGpus, [])
    .addOption(jsonOption())
    .addHelpText('after', examples('plan --train --model DIR --quantize int4 --group 8 --gpu 12,16,24', 'plan --model ~/models/Qwen2.5-VL-3B-Instruct --quantize int4 --group 8', 'plan --model DIR --provider webgpu --precision float16 --prompt 2048 --json'))
    .action((options: PlanOptions) =>
      run(async (call) => {
        const { terminal } = call;
        const config = readModelConfig(options.model);
        const { maxPositions } = config.text;
        const tokens = options.prompt + options.completion;
        if (tokens > maxPositions) terminal.log(`${tokens} tokens of prompt and completion are more than the model’s context of ${maxPositions} (max_position_embeddings)`);
        if (options.train) {
          requireTrainable(options);
          const planned = await trainingPlans(options, call);
          return terminal.result(planned, trainingText(planned));
        }
        if (options.gpu.length > 0) throw new UsageError('--gpu tells what GPUs could do with a step of training: give --train too');
        const planned = planGeneration({
          config,
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

/** @throws UsageError for what a run refuses. */
function requireTrainable({ provider, quantize, full, group, gpu }: PlanOptions): void {
  if (full && quantize !== undefined) throw new UsageError('--full trains float32 weights: leave --quantize out, or train an adapter');
  if (full && gpu.length > 0) throw new UsageError('--full trains on the CPU alone: leave --gpu out, or train an adapter');
  const places = trainedOn[full ? 'full' : 'lora'];
  if (!places.includes(provider)) throw new UsageError(`--provider ${provider}: ${full ? 'all weights are' : 'an adapter is'} trained with ${places.join(' or ')}`);
  if (group > most.group) throw new UsageError(`--group: a step of training has at most ${most.group} completions of a question`);
}

function planText({ where, parts, peakBytes, processBytes }: GenerationPlan): string {
  const line = (name: string, bytes: number): string => `${bytesText(bytes).padStart(10)}  ${name}`;
  const lines = [...parts.map(({ name, bytes }) => line(name, bytes)), line(where === 'memory' ? 'at the peak' : 'at the peak, on the device', peakBytes)];
  return where === 'memory' ? lines.join('\n') : [...lines, line('of the process’s memory besides', processBytes)].join('\n');
}

/** One GPU: what the wanted setting needs there, what would make it fit, and the largest groups for each length. */
type GpuPlan = { readonly gib: number; readonly fits: boolean; readonly changes: readonly Change[]; /** Where none of these is enough by itself. */ readonly together?: Together; readonly groups: readonly Fit[] };

async function trainingPlans({ model, provider, imagePixels, prompt, completion, group, quantize, full, loraRank, reference, precision, gpu }: PlanOptions, { terminal, signal }: Call) {
  const input: TrainingPlanInput = {
    config: readModelConfig(model),
    ...placeOf(provider),
    parameters: full ? { kind: 'full', vision: false } : { kind: 'lora', rank: loraRank, targetModules: ['all-linear'], excludeModules: [] },
    precision, imagePixels, promptTokens: prompt, completionTokens: completion, group, slots: group, reference, otherShapes: true,
    ...(quantize !== undefined && { quantize: parseScheme(quantize) }),
  };
  const onDevice: TrainingPlanInput = { ...input, where: 'device' };
  const plan = patient(signal);
  const wanted = gpu.length > 0 ? (await plan(onDevice)).peakBytes : 0;
  const gpus: GpuPlan[] = [];
  for (const [i, gib] of gpu.entries()) {
    const tell = (sentence: string): void => terminal.progress(`a GPU of ${gib} GiB, ${sentence}`, i, gpu.length);
    const usable = usableShare * gib * gibibyte;
    const fits = wanted <= usable;
    tell('what would make it fit');
    const changes = fits ? [] : await changesToFit(onDevice, usable, plan);
    const together = fits || changes.some(({ peakBytes }) => peakBytes <= usable) ? undefined : await togetherToFit(onDevice, usable, plan);
    tell('the largest groups');
    gpus.push({ gib, fits, changes, ...(together && { together }), groups: await largestGroups(onDevice, usable, lengths, plan) });
  }
  return { ...(await plan(input)), gpuBytes: wanted, gpus };
}

/** Plans each step once, one at a time: a plan of a large model takes a second, and Ctrl-C is heard in between. */
function patient(signal: AbortSignal): Planner {
  const known = new Map<string, TrainingPlan>();
  return async (input) => {
    const key = JSON.stringify(input);
    const before = known.get(key);
    if (before) return before;
    await setImmediate();
    signal.throwIfAborted();
    const planned = planTraining(input);
    known.set(key, planned);
    return planned;
  };
}

function trainingText({ where, parts, peakBytes, parameters, gpuBytes, gpus }: Awaited<ReturnType<typeof trainingPlans>>): string {
  const line = (name: string, bytes: number): string => `${bytesText(bytes).padStart(10)}  ${name}`;
  const fitText = ({ completionTokens, group, peakBytes: bytes }: Fit): string => (group === 0 ? `  ${completionTokens} tokens: no group fits` : `  ${completionTokens} tokens: groups of up to ${group}, ${bytesText(bytes)}`);
  const gpuLines = gpus.flatMap(({ gib, fits, changes, together, groups }) => [
    '',
    `A GPU of ${gib} GiB, of which nine tenths are counted on: ${fits ? 'this fits' : 'this does not fit'} (${bytesText(gpuBytes)}).`,
    ...changes.map((change) => `  ${changeText(change, usableShare * gib * gibibyte)}`),
    ...(together ? [`  together, ${togetherText(together, usableShare * gib * gibibyte)}`] : []),
    'Completions of', ...groups.map(fitText),
  ]);
  return [
    ...parts.map(({ name, bytes }) => line(name, bytes)),
    line(where === 'memory' ? 'at the peak' : 'at the peak, on the device', peakBytes),
    `${parameters.toLocaleString('en')} numbers are trained`,
    ...gpuLines,
    ...(gpus.length > 0 ? ['', 'Figures for GPUs are computed, not measured.'] : []),
  ].join('\n');
}

const togetherText = ({ changes, peakBytes }: Together, bytes: number): string => `${changes.map(({ setting, value }) => `${setting} ${value}`).join(', ')}: ${bytesText(peakBytes)}${peakBytes <= bytes ? ', which fits' : ', not enough: it takes a smaller model'}`;

const changeText = ({ setting, value, peakBytes }: Change, bytes: number): string => `${setting} ${value}: ${bytesText(peakBytes)}${peakBytes <= bytes ? ', which fits' : ', not enough by itself'}`;
