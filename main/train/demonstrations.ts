import { messagesOf, messagesOfStep } from '../agent/conversation.ts';
import type { PromptSet } from '../agent/prompts.ts';
import { protocols } from '../agent/protocols/table.ts';
import type { TrainingBatch } from '../model/training/batch.ts';
import { readFileOf } from '../model/folder/file-errors.ts';
import { InputError } from '../records/input-error.ts';
import { parseJson } from '../records/parse-json.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { ChainStep, Sample } from '../records/sample.ts';
import { schemaFaultText } from '../records/schema-fault.ts';
import { type Trajectory, trajectory as schema } from '../records/trajectory.ts';
import { type Demonstration, type DemonstrationEncoder, demonstrationTokens } from './demonstration-tokens.ts';
import { repeatedId } from './samples.ts';

export type Demonstrations = {
  /** One sample for each demonstration, with an id of its own. */
  readonly samples: readonly Sample[];
  readonly messages: (sample: Sample, prompts: PromptSet) => Demonstration;
  /** What is learnt, where that is not in the samples. */
  readonly trajectories?: readonly Trajectory[];
  /** What was left out, in words. */
  readonly notes: readonly string[];
};

/**
 * What a supervised run learns from: each step of each annotated chain, or whole trajectories of the samples.
 * @param chains Samples of one step each, in step mode.
 * @throws InputError where there is nothing to learn from.
 */
export function openDemonstrations({ data, rollout }: RunConfig, samples: readonly Sample[], chains: readonly Sample[]): Demonstrations {
  if (data.mode === 'step') {
    const bare = chains.filter(({ chain }) => protocols.tags(solutionText((chain as readonly [ChainStep])[0])).kind === 'invalid').length;
    return { samples: chains, messages: chainMessages, notes: bare === 0 ? [] : [`${bare} of ${chains.length} solutions are not one whole action with its thought; they are learnt as they are`] };
  }
  const { found, notes } = readTrajectories(typeof data.demonstrations === 'string' ? [data.demonstrations] : data.demonstrations);
  const known = new Map(samples.map((sample) => [sample.id, sample]));
  const own = new Map<string, Trajectory>();
  const drawn: Sample[] = [];
  for (const [i, each] of found.entries()) {
    const sample = known.get(each.sample);
    if (!sample) continue;
    // Files count their rows each from the start: a trajectory does not say whose it is.
    if (known.has(repeatedId(each.sample, 2))) throw new InputError({ thing: 'data.demonstrations', expected: 'trajectories of samples that have an id of their own in data.train', found: `sample ${each.sample}, which is there more than once`, remedy: 'Learn from one file of samples at a time, or give the samples other ids.' });
    const id = `${sample.id}/demonstration-${i + 1}`;
    own.set(id, each);
    drawn.push({ ...sample, id });
  }
  const strange = found.length - drawn.length;
  if (drawn.length === 0) throw new InputError({ thing: 'data.demonstrations', expected: 'trajectories with an answer, of samples of data.train', found: found.length === 0 ? 'none with an answer' : `${found.length} of other samples, the first of ${found[0]?.sample}`, remedy: 'Name the items.jsonl of an evaluation on the same samples, or set data.mode to step for annotated chains.' });
  return {
    samples: drawn,
    trajectories: [...own.values()],
    messages: (sample, prompts) => {
      const { turns } = own.get(sample.id) as Trajectory;
      return [...messagesOf(prompts, 'agent', sample, turns.slice(0, -1), turns.length === rollout.steps), { role: 'assistant', content: turns.at(-1)?.completion ?? '' }];
    },
    notes: strange === 0 ? notes : [...notes, `${strange} trajectories are of samples that data.train does not have; left out`],
  };
}

/** A demonstration of a sample as token ids. @throws InputError for one that cannot be learnt. */
export async function encodeDemonstration(encoder: DemonstrationEncoder, sample: Sample, messages: Demonstration, longest: number): Promise<TrainingBatch> {
  const batch = await demonstrationTokens(encoder, messages).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError({ thing: `demonstration ${sample.id}`, expected: 'one that can be learnt', found: error.message, remedy: 'Leave it out.' }, { cause: error });
  });
  const tokens = batch.prompt.ids.length + (batch.rows[0]?.ids.length ?? 0);
  if (tokens > longest) throw new InputError({ thing: `demonstration ${sample.id}`, expected: `at most ${longest} tokens, the model's context`, found: String(tokens), remedy: 'Leave it out, or lower model.maxPixels.' });
  return batch;
}

/** What the annotator wrote; MAT keeps a problem or an answer with its thought in `gt`, where it has it. */
function solutionText({ solution, extra }: ChainStep): string {
  const whole = extra?.['gt'];
  return protocols.tags(solution).kind === 'invalid' && typeof whole === 'string' && protocols.tags(whole).kind !== 'invalid' ? whole : solution;
}

function chainMessages(sample: Sample, prompts: PromptSet): Demonstration {
  const [step] = sample.chain as readonly [ChainStep];
  return [...messagesOfStep(prompts, sample, step), { role: 'assistant', content: solutionText(step) }];
}

/** Trajectories that end with an answer, from lines that are one or hold one under `trajectory`. */
function readTrajectories(files: readonly string[]): { readonly found: readonly Trajectory[]; readonly notes: readonly string[] } {
  const found: Trajectory[] = [];
  const notes: string[] = [];
  if (files.every((file) => file === '')) throw new InputError({ thing: 'data.demonstrations', expected: 'the file of trajectories that a supervised run in episode mode learns from', found: 'nothing', remedy: 'Name one, or set data.mode to step for annotated chains.' });
  for (const file of files) {
    let unanswered = 0;
    for (const [i, line] of readLines(file).entries()) {
      if (line.trim() === '') continue;
      const value = parseJson(line) as { readonly trajectory?: unknown } | undefined;
      const told = value?.trajectory ?? value;
      const parsed = schema.safeParse(told);
      if (!parsed.success) notes.push(`${file}: line ${i + 1}: no trajectory: ${schemaFaultText(parsed.error, told)}; left out`);
      else if (parsed.data.ending.kind !== 'answered') unanswered += 1;
      else found.push(parsed.data);
    }
    if (unanswered > 0) notes.push(`${file}: ${unanswered} trajectories end without an answer; left out`);
  }
  return { found, notes };
}

function readLines(file: string): readonly string[] {
  try {
    return readFileOf(file).toString('utf8').split('\n');
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError({ thing: file, expected: 'a file of trajectories, one a line', found: (error as Error).message, remedy: 'Check the path.' }, { cause: error });
  }
}
