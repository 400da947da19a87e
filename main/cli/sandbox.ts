import { Command, Option } from 'commander';
import { openHome } from '../home.ts';
import type { CodeResult } from '../records/tools.ts';
import { chosenTier } from '../sandbox/choose-tier.ts';
import { ensurePython } from '../setup/ensure-python.ts';
import type { SandboxLimits } from '../sandbox/limits.ts';
import { SandboxPool } from '../sandbox/pool.ts';
import { type Tier, tiers } from '../sandbox/tiers.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption } from './command.ts';
import { makeOutput, readInput, writeOutputs } from './sandbox-files.ts';
import { describeResult, runJobLines } from './sandbox-lines.ts';
import { readStandardInput } from './standard-input.ts';
import { exit } from './terminal.ts';

type ExecOptions = {
  readonly image?: string;
  readonly code?: string;
  readonly jsonl: boolean;
  readonly out?: string;
  readonly tier?: Tier;
  readonly processes?: number;
  readonly wallMs?: number;
  readonly cpuSeconds?: number;
  readonly memoryMib?: number;
  readonly json: boolean;
};

export const sandbox: CommandSetup = (run) => {
  const exec = new Command('exec')
    .description('run Python on an image as the agent’s code tool does: without network, without files but its own, within limits')
    .option('--image <file>', 'what the code finds as path_to_input_image.jpg, and as `image`')
    .option('--code <file>', 'the code; without it, from standard input')
    .addOption(new Option('--jsonl', 'many jobs: lines {id, code, image?} on standard input; lines {id, status, stdout, stderr, outputs, ms} in the same order; sha256 is of an output’s raw RGB bytes').default(false).conflicts(['code', 'image']))
    .option('--out <folder>', 'write the output images there as PNG; with --jsonl in a folder for each id')
    .addOption(new Option('--tier <name>', 'how to shut the code in; the best that works by default (arft doctor tells which)').choices(tiers))
    .option('--processes <n>', 'jobs at the same time; one for each core by default', integer(1, 256))
    .option('--wall-ms <n>', 'time limit of a job', integer(1, 1_000_000_000))
    .option('--cpu-seconds <n>', 'processor time of a job', integer(1, 1_000_000))
    .option('--memory-mib <n>', 'memory of a job beyond what Python and its packages take', integer(1, 1_048_576))
    .addOption(jsonOption())
    .addHelpText('after', examples('sandbox exec --image photo.jpg --code rotate.py --out results', 'sandbox exec --jsonl < jobs.jsonl > results.jsonl', 'sandbox exec --tier L2 --code job.py --json'))
    .action((options: ExecOptions) => run((call) => execute(call, options), options.json && !options.jsonl));
  // The engine sets how to end on the command it knows; this one is below it.
  return new Command('sandbox').description('the sandbox that runs the agent’s code').addCommand(exec.exitOverride());
};

async function execute({ terminal, signal }: Call, options: ExecOptions): Promise<number> {
  // What is not there is said before Python is made and started.
  if (options.out !== undefined) makeOutput(options.out);
  const image = options.image === undefined ? undefined : await readInput(options.image, signal);
  if (!options.jsonl && options.code === undefined && process.stdin.isTTY) terminal.log('Type the code and end it with Ctrl-D on a new line:');
  const code = options.jsonl ? '' : options.code === undefined ? await readStandardInput(signal) : (await readInput(options.code, signal)).toString('utf8');
  const python = await ensurePython(openHome(), ({ label, done, total }) => terminal.progress(label, done, total), signal);
  const tier = options.tier ?? chosenTier();
  const limits: Partial<SandboxLimits> = {
    ...(options.wallMs !== undefined && { wallMs: options.wallMs }),
    ...(options.cpuSeconds !== undefined && { cpuSeconds: options.cpuSeconds }),
    ...(options.memoryMib !== undefined && { memoryBytes: options.memoryMib * 1024 ** 2 }),
  };
  const pool = await SandboxPool.open({ python, limits, ...(tier && { tier }), ...(options.processes !== undefined && { processes: options.processes }) });
  try {
    if (options.jsonl) return await runJobLines(pool, process.stdin, (line) => terminal.stream(`${line}\n`), { log: (text) => terminal.log(text), signal, ...(options.out !== undefined && { out: options.out }) });
    const result = await pool.run({ code, ...(image && { image }) }, signal);
    if (options.out !== undefined) await writeOutputs(options.out, result);
    const described = { tier: pool.tier, ...describeResult(result) };
    terminal.result(described, text(result, pool.tier));
    return result.status === 'ok' ? exit.done : exit.failed;
  } finally {
    await pool.close();
  }
}

function text({ status, stdout, stderr, outputs, ms }: CodeResult, tier: Tier): string {
  const pictures = outputs.map(({ name, image }) => `${name}: ${image.width} × ${image.height}`);
  return [...[stdout, stderr].filter(Boolean).map((part) => part.trimEnd()), ...pictures, `${status} (${ms.toFixed(1)} ms, ${tier})`].join('\n');
}
