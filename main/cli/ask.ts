import { Command, Option } from 'commander';
import { runEpisode } from '../agent/episode.ts';
import { checkDecodable } from '../model/image/decode.ts';
import type { Observation, Turn } from '../records/trajectory.ts';
import { type Call, type CommandSetup, examples, jsonOption, someText } from './command.ts';
import { type Terminal, exit, visible } from './terminal.ts';
import { type WorldOptions, addWorldOptions, openImages, openWorld } from './world.ts';

type AskOptions = WorldOptions & { readonly image: readonly string[]; readonly question: string; readonly task?: 'coding' | 'search'; readonly direct: boolean; readonly json: boolean };

export const ask: CommandSetup = (run) =>
  addWorldOptions(
    new Command('ask')
      .description('ask one question about an image and watch the agent think, use its tools and answer')
      .option('--image <file>', 'an image; may be given several times', (value: string, before: readonly string[]) => [...before, value], [])
      .requiredOption('--question <text>', 'what to ask', someText)
      .addOption(new Option('--task <kind>', 'which tools to tell of; coding where there is an image').choices(['coding', 'search']))
      .option('--direct', 'one answer without tools', false),
  )
    .addOption(jsonOption())
    .addHelpText('after', examples('ask --policy local:models/Qwen2.5-VL-3B-Instruct --image invoice.jpg --question "What is the invoice number?"', 'ask --policy endpoint:http://127.0.0.1:11434/v1 --model-name qwen2.5vl --question "Who built the Eiffel tower?" --task search --corpus wiki'))
    .action((options: AskOptions) => run((call) => askAction(options, call), options.json));

async function askAction(options: AskOptions, { terminal, signal }: Call): Promise<number> {
  const images = await keptImages(options.image);
  const say = (text: string): void => terminal.stream(visible(text));
  const world = await openWorld(options, terminal, { direct: options.direct });
  try {
    const task = options.task ?? (images.length > 0 ? 'coding' : 'search');
    const trajectory = await runEpisode(
      { version: 1, id: 'question', task, question: options.question, answers: [], images },
      {
        ...world,
        mode: options.direct ? 'direct' : 'agent',
        signal,
        onEvent: (event) => {
          if (event.kind === 'stepStarted') say(`── step ${event.step + 1} ──\n`);
          if (event.kind === 'stepAnew') say(`\n── step ${event.step + 1} anew: ${event.reason} ──\n`);
          if (event.kind === 'text') say(event.piece);
          if (event.kind === 'turn') say(`\n${outcome(event.turn)}`);
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

/** Looked at before anything is opened: an endpoint would be sent whatever lies in the file. */
async function keptImages(files: readonly string[]): Promise<readonly string[]> {
  const store = openImages();
  const kept = [];
  for (const file of files) {
    const bytes = await store.read(file);
    await checkDecodable(bytes, file);
    kept.push(await store.put(bytes));
  }
  return kept;
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
      return terminal.log(visible(`${ending.where}: ${ending.reason}`));
  }
}
