import { Command } from 'commander';
import { openHome } from '../home.ts';
import { SandboxPool } from '../sandbox/pool.ts';
import { chosenTier } from '../sandbox/choose-tier.ts';
import { ensurePython } from '../sandbox/ensure-python.ts';
import { tierTitles } from '../sandbox/tiers.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

export const setup: CommandSetup = (run) =>
  new Command('setup')
    .description('make the private Python that runs the agent’s code (once; needs the network), and try the sandbox')
    .addOption(jsonOption())
    .addHelpText('after', examples('setup', 'setup --json'))
    .action((options: { json: boolean }) =>
      run(async ({ terminal, signal }) => {
        let last = '';
        const python = await ensurePython(openHome(), ({ label, done, total }) => {
          if (label !== last) terminal.log(`${label} …`);
          last = label;
          terminal.progress('Private Python', done, total);
        }, signal);
        const tier = chosenTier();
        const pool = await SandboxPool.open({ python, processes: 1, ...(tier && { tier }) });
        const { greeting } = pool;
        await pool.close();
        const packages = Object.entries(greeting.versions).map(([name, version]) => `${name} ${version}`).join(', ');
        terminal.result({ python, tier: pool.tier, landlock: greeting.landlock, versions: greeting.versions }, `${packages}\nsandbox ${pool.tier}: ${tierTitles[pool.tier]}`);
      }, options.json),
    );
