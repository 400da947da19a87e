import { Command } from 'commander';
import { cudaRemedy, providerFault } from '../doctor/compute.ts';
import { openHome } from '../home.ts';
import { SandboxPool } from '../sandbox/pool.ts';
import { chosenTier } from '../sandbox/choose-tier.ts';
import { tierTitles } from '../sandbox/tiers.ts';
import { cudaMebibytes, ensureCuda } from '../setup/ensure-cuda.ts';
import { ensurePython } from '../setup/ensure-python.ts';
import { type Call, type CommandSetup, examples, jsonOption } from './command.ts';
import { exit } from './terminal.ts';

export const setup: CommandSetup = (run) =>
  new Command('setup')
    .description('make the private Python that runs the agent’s code (once; needs the network), and try the sandbox')
    .option('--cuda', `fetch what onnxruntime needs for an NVIDIA GPU by CUDA instead (Linux on x64, once, ${cudaMebibytes} MiB; NVIDIA’s own licences hold for its parts), and try it`, false)
    .addOption(jsonOption())
    .addHelpText('after', examples('setup', 'setup --json', 'setup --cuda'))
    .action((options: { json: boolean; cuda: boolean }) => run(options.cuda ? fetchCuda : makePython, options.json));

/** Progress of a set-up on a terminal, each new label as a line of its own too. */
function teller({ terminal }: Call, title: string): (progress: { readonly label: string; readonly done: number; readonly total: number }) => void {
  let last = '';
  return ({ label, done, total }) => {
    if (label !== last) terminal.log(`${label} …`);
    last = label;
    terminal.progress(title, done, total);
  };
}

async function makePython(call: Call): Promise<void> {
  const { terminal, signal } = call;
  const python = await ensurePython(openHome(), teller(call, 'Private Python'), signal);
  const tier = chosenTier();
  const pool = await SandboxPool.open({ python, processes: 1, ...(tier && { tier }) });
  const { greeting } = pool;
  await pool.close();
  const packages = Object.entries(greeting.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  terminal.result({ python, tier: pool.tier, landlock: greeting.landlock, versions: greeting.versions }, `${packages}\nsandbox ${pool.tier}: ${tierTitles[pool.tier]}`);
}

async function fetchCuda(call: Call): Promise<number> {
  const { terminal, signal } = call;
  const home = openHome();
  const folder = await ensureCuda(home, teller(call, 'CUDA'), signal);
  // In a process of its own: this one has loaded onnxruntime already.
  const fault = await providerFault('cuda');
  const text = fault === undefined ? 'CUDA works: it created a session and multiplied.' : `The libraries are there, but CUDA does not work here: ${fault}.\n${cudaRemedy()}`;
  terminal.result({ folder, works: fault === undefined, ...(fault !== undefined && { fault, remedy: cudaRemedy() }) }, `${folder}\n${text}`);
  return fault === undefined ? exit.done : exit.failed;
}
