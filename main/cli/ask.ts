import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { runEpisode } from '../agent/episode.ts';
import type { Observation, Turn } from '../records/trajectory.ts';
import { type Call, type CommandSetup, examples, jsonOption } from './command.ts';
import { type Terminal, exit } from './terminal.ts';
import { type WorldOptions, addWorldOptions, openWorld } from './world.ts';

type AskOptions = WorldOptions & { readonly image: readonly string[]; readonly question: string; readonly task?: 'coding' | 'search'; readonly direct: boolean; readonly json: boolean };

export const ask: CommandSetup = (run) =>
  addWorldOptions(
    new Command('ask')
      .description('ask one question about an image and watch the agent think, use its tools and answer')
      .option('--image <file>', 'an image; may be given several times', (value: string, before: readonly string[]) => [...before, value], [])
      .requiredOption('--question <text>', 'what to ask')
      .option('--task <kind>', 'which tools to tell of: coding or search; coding where there is an image', (value) => (value === 'search' ? 'search' : 'coding'))
      .option('--direct', 'one answer without tools', false),
  )
    .addOption(jsonOption())
    .addHelpText('after', examples('ask --policy local:models/Qwen2.5-VL-3B-Instruct --image invoice.jpg --question "What is the invoice number?"', 'ask --policy endpoint:http://127.0.0.1:11434/v1 --model-name qwen2.5vl --question "Who built the Eiffel tower?" --task search --corpus wiki'))
    .action((options: AskOptions) => run((call) => askAction(options, call), options.json));

async function askAction(options: AskOptions, { terminal, signal }: Call): Promise<number> {
  const world = await openWorld(options, terminal, { direct: options.direct });
  try {
    const images = [];
    for (const file of options.image) images.push(await world.images.put(await readFile(file)));
    const task = options.task ?? (images.length > 0 ? 'coding' : 'search');
    const trajectory = await runEpisode(
      { version: 1, id: 'question', task, question: options.question, answers: [], images },
      {
        ...world,
        mode: options.direct ? 'direct' : 'agent',
        signal,
        onEvent: (event) => {
          if (event.kind === 'stepStarted') terminal.stream(`── step ${event.step + 1} ──\n`);
          if (event.kind === 'stepAnew') terminal.stream(`\n── step ${event.step + 1} anew: ${event.reason} ──\n`);
          if (event.kind === 'text') terminal.stream(event.piece);
          if (event.kind === 'turn') terminal.stream(`\n${outcome(event.turn)}`);
        },
      },
    );
    if (terminal.json) terminal.result(trajectory, '');
    const { ending } = trajectory;
    if (ending.kind === 'answered') return exit.done;
    explain(terminal, ending);
    return exit.failed;
  } finally {
    await world.close();
  }
}

/** What the world answered to a turn, in a line or a few. */
function outcome({ action, observation }: Turn): string {
  if (action.kind === 'invalid') return `   ✗ no action: ${action.detail}\n`;
  if (action.kind === 'answer') return `\n${action.answer}\n`;
  return observation ? observationText(observation) : '';
}

function observationText(observation: Observation): string {
  switch (observation.kind) {
    case 'information':
      return observation.passages.length === 0 ? '   nothing was found\n' : observation.passages.map(({ title, text }, i) => `   ${i + 1}. ${title}: ${text}\n`).join('');
    case 'code':
      return `   ${observation.status} in ${Math.round(observation.ms)} ms${observation.outputs.map(({ name, width, height, image }) => `\n   image ${name}, ${width} × ${height}: ${image}`).join('')}${indented(observation.stdout)}${indented(observation.stderr)}\n`;
    case 'notice':
      return `   ${observation.text}\n`;
  }
}

const indented = (text: string): string => (text.trim() === '' ? '' : `\n   ${text.trimEnd().replaceAll('\n', '\n   ')}`);

function explain(terminal: Terminal, ending: Exclude<Awaited<ReturnType<typeof runEpisode>>['ending'], { kind: 'answered' }>): void {
  switch (ending.kind) {
    case 'stepLimit':
      return terminal.log(`no answer within ${ending.steps} steps; --steps allows more`);
    case 'tokenLimit':
      return terminal.log(`no answer within ${ending.tokens} tokens; --tokens allows more`);
    case 'timeLimit':
      return terminal.log(`no answer within ${ending.ms / 1000} s; --timeout allows more`);
    case 'invalid':
      return terminal.log(`${ending.where}: ${ending.reason}`);
  }
}
