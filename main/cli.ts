import { Command, CommanderError } from 'commander';
import type { Call } from './cli/command.ts';
import { ask } from './cli/ask.ts';
import { compareCommand } from './cli/compare.ts';
import { data } from './cli/data.ts';
import { doctor } from './cli/doctor.ts';
import { evaluate } from './cli/evaluate.ts';
import { generateCommand } from './cli/generate.ts';
import { inspectModel } from './cli/inspect-model.ts';
import { plan } from './cli/plan.ts';
import { quickstart } from './cli/quickstart.ts';
import { sandbox } from './cli/sandbox.ts';
import { setup } from './cli/setup.ts';
import { score } from './cli/score.ts';
import { serveCommand } from './cli/serve.ts';
import { search } from './cli/search.ts';
import { exportCommand, runs, stop } from './cli/runs.ts';
import { starter } from './cli/starter.ts';
import { Terminal, exit } from './cli/terminal.ts';
import { resume, train } from './cli/train.ts';
import { description, version } from './shipped.ts';

// `arft <command>`: the engine without a window.

const commands = [generateCommand, inspectModel, plan, doctor, ask, evaluate, compareCommand, score, train, resume, runs, stop, exportCommand, data, setup, sandbox, starter, quickstart, search, serveCommand];

/** Ctrl-C asks the command to stop, a second one ends the program at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(exit.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

async function main(): Promise<number> {
  // A reader that closes early (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? exit.done : exit.failed));
  let status: number = exit.done;
  const signal = interruption();
  const run = async (action: (call: Call) => Promise<number | void>, json: boolean): Promise<void> => {
    const terminal = new Terminal(json);
    try {
      status = (await action({ terminal, signal })) ?? exit.done;
    } catch (error) {
      status = terminal.failure(signal.aborted ? new Error('interrupted') : error);
    }
    if (signal.aborted) status = exit.interrupted;
  };
  const program = new Command('arft').description(description).version(version).showHelpAfterError('(add --help for the options)').exitOverride();
  for (const command of commands) program.addCommand(command(run).exitOverride());
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exit.done : exit.wrongUse;
  }
  return status;
}

process.exit(await main());
