import { enableCompileCache } from 'node:module';
import { isatty } from 'node:tty';
import { Command, CommanderError } from 'commander';
import type { Call, CommandSetup } from './cli/command.ts';
import { Terminal, UsageError, exit } from './cli/terminal.ts';
import { compiledFolder, description, version } from './shipped.ts';

// `arft <command>`: the engine without a window.

// Compiled code is kept for the next start, of this program and of those that it starts.
process.env['NODE_COMPILE_CACHE'] ??= compiledFolder;
enableCompileCache(process.env['NODE_COMPILE_CACHE']);

/** Every command by its name, in the order of the help; each is loaded when it is wanted. */
const commands: Readonly<Record<string, () => Promise<CommandSetup>>> = {
  serve: async () => (await import('./cli/serve.ts')).serveCommand,
  quickstart: async () => (await import('./cli/quickstart.ts')).quickstart,
  train: async () => (await import('./cli/train.ts')).train,
  resume: async () => (await import('./cli/train.ts')).resume,
  runs: async () => (await import('./cli/runs.ts')).runs,
  stop: async () => (await import('./cli/runs.ts')).stop,
  export: async () => (await import('./cli/export.ts')).exportCommand,
  ask: async () => (await import('./cli/ask.ts')).ask,
  evaluate: async () => (await import('./cli/evaluate.ts')).evaluate,
  compare: async () => (await import('./cli/compare.ts')).compareCommand,
  score: async () => (await import('./cli/score.ts')).score,
  data: async () => (await import('./cli/data.ts')).data,
  search: async () => (await import('./cli/search.ts')).search,
  generate: async () => (await import('./cli/generate.ts')).generateCommand,
  'inspect-model': async () => (await import('./cli/inspect-model.ts')).inspectModel,
  plan: async () => (await import('./cli/plan.ts')).plan,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  setup: async () => (await import('./cli/setup.ts')).setup,
  sandbox: async () => (await import('./cli/sandbox.ts')).sandbox,
  starter: async () => (await import('./cli/starter.ts')).starter,
};

/** The command that was named alone; all of them for the help, or to suggest one for a name that there is not. */
const wantedCommands = (name = ''): Promise<readonly CommandSetup[]> => {
  const one = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all(one ? [one()] : Object.values(commands).map((load) => load()));
};

/**
 * Ctrl-C asks the command to stop, a second one ends the program at once; a terminal that closes asks too. What was started
 * without a terminal outlives it: under nohup too, though Node takes back as it starts that the signal is ignored.
 */
function interruption(controller: AbortController): AbortSignal {
  const atTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (name === 'SIGHUP' && !atTerminal) return;
      if (controller.signal.aborted) process.exit(exit.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

/** Wrong use is told with the way to the options, of a command below another, too. */
function withHint(command: Command): Command {
  for (const below of command.commands) withHint(below);
  return command.showHelpAfterError('(add --help for the options)');
}

async function main(): Promise<number> {
  let status: number = exit.done;
  const controller = new AbortController();
  const signal = interruption(controller);
  // A reader that closes early (`| head`) is no failure. The command stops as for Ctrl-C: threads do not end well at once.
  let unread = false;
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'EIO' && code !== 'ERR_STREAM_DESTROYED') {
      process.stderr.write(`the result could not be written to stdout: ${message}\n`, () => process.exit(exit.failed));
      return;
    }
    // A terminal that is gone is no reader that has enough.
    unread = code !== 'EIO';
    controller.abort();
  });
  // Nobody reads how it goes any more: no reason to end what may be a run of days, whose log says it all.
  process.stderr.on('error', () => {});
  const run = async (action: (call: Call) => Promise<number | void>, json: boolean): Promise<void> => {
    const terminal = new Terminal(json);
    try {
      status = (await action({ terminal, signal })) ?? exit.done;
    } catch (error) {
      status = unread ? exit.done : terminal.failure(signal.aborted ? new Error('interrupted') : error);
    }
    if (signal.aborted) status = unread ? exit.done : exit.interrupted;
  };
  const program = new Command('arft').description(description).version(version).exitOverride();
  withHint(program);
  for (const command of await wantedCommands(process.argv[2])) program.addCommand(withHint(command(run).exitOverride()));
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exit.done;
    // What was wrong is on stderr already.
    return process.argv.includes('--json') ? new Terminal(true).failure(new UsageError(error.message.replace(/^error: /, ''))) : exit.wrongUse;
  }
  return status;
}

/** Until what was written has left: a pipe takes 64 KiB, and the rest is lost where the process ends before it is read. */
const written = (stream: NodeJS.WriteStream): Promise<void> => new Promise((resolve) => void (stream.destroyed ? resolve() : stream.write('', () => resolve())));

const status = await main();
await Promise.all([process.stdout, process.stderr].map(written));
process.exit(status);
