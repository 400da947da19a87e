import { existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { openHome } from '../home.ts';
import { readFileOrPipe } from '../model/folder/file-or-pipe.ts';
import { InputError } from '../records/input-error.ts';
import type { RunConfig } from '../records/run-config.ts';
import type { ConfigChange, HeldOut, StepMetrics, SupervisedMetrics } from '../records/run-events.ts';
import { changeable } from '../train/change-config.ts';
import { type Field, configFields, presetNames, presetSummary, readRunConfig } from '../train/config-file.ts';
import { type Finding, preflight } from '../train/preflight.ts';
import { RunFolder } from '../train/run-folder.ts';
import { type RunHooks, runTraining } from '../train/run.ts';
import { type Call, type CommandSetup, examples, jsonOption } from './command.ts';
import { durationText } from './remaining.ts';
import { type Terminal, exit } from './terminal.ts';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const train: CommandSetup = (run) =>
  new Command('train')
    .description('train a visual agent: from a configuration, or from a preset')
    .argument('<config>', `a YAML or JSON file, or a preset: ${presetNames().join(', ')}`)
    .option('--set <key=value>', 'a field, laid over the file; may be given several times', collect, [])
    .option('--check', 'only look whether the run would go: data, images, tools, rewards, memory, disk')
    .option('--no-check', 'start without that look')
    .addOption(jsonOption())
    .addHelpText('after', () => `\n${examples('train quickstart', 'train run.yaml --check', 'train run.yaml --set rollout.group=4 --set steps=100', 'resume run --set optimizer.learningRate=0.00001').trim()}\n\nPresets; a file may begin with preset: NAME and then says only what differs:\n${presetNames().map((name) => `  ${name.padEnd(12)} ${presetSummary(name)}`).join('\n')}\n\nFields, written section.field, with their defaults, units and bounds:\n${fieldLines().join('\n')}\n`)
    .action((file: string, options: { set: readonly string[]; check?: boolean; json: boolean }) =>
      run(async (call) => {
        const piped = existsSync(file) && statSync(file).isFIFO() ? (await readFileOrPipe(file, 'YAML or JSON with the fields of a run', call.signal)).toString('utf8') : undefined;
        const config = readRunConfig(file, options.set, piped);
        if (options.check === true) return check(config, call);
        if (options.check === undefined) await lookFirst(config, call);
        return follow(RunFolder.create(openHome(), config), call);
      }, options.json),
    );

const marks: Readonly<Record<Finding['status'], string>> = { ok: '✓', warning: '!', problem: '✗' };

const look = (config: RunConfig, { terminal, signal }: Call): Promise<readonly Finding[]> =>
  preflight({ home: openHome(), config, onProgress: (label, done, total) => terminal.progress(label, done, total) }, signal);

const findingLine = ({ title, status, detail }: Finding): string => `${marks[status]} ${title.padEnd(14)} ${detail}`;

/** Tells whether a run would go, and what to change; exit status 1 where it would not. */
async function check(config: RunConfig, call: Call): Promise<number> {
  const findings = await look(config, call);
  const problems = findings.filter(({ status }) => status === 'problem').length;
  const verdict = problems > 0 ? 'The run would not go as it is.' : findings.some(({ status }) => status === 'warning') ? 'The run goes, but look at the warnings first.' : 'The run is ready to go.';
  call.terminal.result({ ready: problems === 0, verdict, findings }, [...findings.map(findingLine), verdict].join('\n'));
  return problems === 0 ? exit.done : exit.failed;
}

/** The look before a run that starts at once: warnings are said. @throws InputError with the problems, before anything of the run is written. */
async function lookFirst(config: RunConfig, call: Call): Promise<void> {
  const findings = await look(config, call);
  for (const finding of findings) if (finding.status === 'warning') call.terminal.log(findingLine(finding));
  const problems = findings.filter(({ status }) => status === 'problem');
  if (problems.length === 0) return;
  throw new InputError({ thing: `run ${config.name}`, expected: 'a run that can go through', found: problems.map(({ title, detail }) => `${title}: ${detail.replace(/\.$/, '')}`).join('; '), remedy: 'Change the configuration; arft train … --check looks again, --no-check starts it all the same.' });
}

export const resume: CommandSetup = (run) =>
  new Command('resume')
    .description('go on with a run from its last checkpoint')
    .argument('<run>', 'the name or the folder of a run')
    .option('--set <key=value>', `a field that is another from here on; may be given several times. These may change: ${changeable.join(', ')}; model.folder and reward.embedder where they were moved`, collect, [])
    .addOption(jsonOption())
    .addHelpText('after', examples('resume quickstart', 'resume quickstart --set optimizer.learningRate=0.0002 --set alarms.pause=false', 'resume quickstart --set steps=80'))
    .action((name: string, options: { set: readonly string[]; json: boolean }) => run((call) => follow(RunFolder.open(openHome(), name), call, options.set), options.json));

/** Runs a run to its end or to where it is stopped, and tells what happens. */
async function follow(run: RunFolder, { terminal, signal }: Call, settings: readonly string[] = []): Promise<number> {
  terminal.log(`run ${run.name} in ${run.folder}; arft stop ${run.name} ends it after a step, Ctrl-C at once`);
  let { done, reward, loss, heldOut } = soFar(run);
  let { steps } = run.config;
  const hooks: RunHooks = {
    ...hooksOf(terminal),
    onOpen: async ({ config }) => void ({ steps } = config),
    onChange: (change) => terminal.log(changeLine(change)),
    onMetrics: (step, metrics) => {
      done = step + 1;
      [reward, loss] = [metrics.rewardMean ?? null, metrics.loss];
      terminal.log(stepLine(step, steps, metrics));
    },
    onSupervised: (step, metrics) => {
      done = step + 1;
      loss = metrics.loss ?? loss;
      terminal.log(supervisedLine(step, steps, metrics));
    },
    onHeldOut: (step, figures) => {
      heldOut = figures;
      terminal.log(heldOutLine(step, figures));
    },
  };
  const outcome = await runTraining(run, openHome(), signal, hooks, settings);
  terminal.result({ run: run.name, folder: run.folder, outcome, step: done, reward, loss, heldOut }, `${run.name}: ${outcome}`);
  return outcome === 'finished' ? exit.done : signal.aborted ? exit.interrupted : exit.done;
}

type Figures = { readonly done: number | null; readonly reward: number | null; readonly loss: number | null; readonly heldOut: HeldOut | null };

/** Where a run stands before it goes on: its last checkpoint's step, and what its log says up to there. */
function soFar(run: RunFolder): Figures {
  const done = run.checkpoints.list().at(-1)?.step ?? null;
  let figures: Figures = { done, reward: null, loss: null, heldOut: null };
  for (const event of run.log.events()) {
    if (done === null || event.step > done) continue;
    if (event.kind === 'evaluation') figures = { ...figures, heldOut: event.heldOut };
    // The step of these is counted from 0.
    if (event.step === done) continue;
    if (event.kind === 'metrics') figures = { ...figures, reward: event.metrics.rewardMean ?? null, loss: event.metrics.loss };
    if (event.kind === 'supervised') figures = { ...figures, loss: event.metrics.loss ?? figures.loss };
  }
  return figures;
}

export const hooksOf = (terminal: Terminal): RunHooks => ({
  onProgress: (label, done, total) => terminal.progress(label, done, total),
  onNote: (note) => terminal.log(note),
  onAlarm: (message) => terminal.log(`! ${message}`),
});

export const changeLine = ({ key, from, to }: ConfigChange): string => `from here on ${key} is ${JSON.stringify(to)}; it was ${JSON.stringify(from)}`;

const leftText = (seconds: number, step: number, steps: number): string => `, ${durationText(seconds * (steps - step - 1))} left`;

/** A step while the run is at it; `then`: looked at later. */
export const stepLine = (step: number, steps: number, { rewardMean, parts, toolUse, zeroSpread, seconds, entropy }: StepMetrics, then = false): string =>
  `step ${String(step + 1).padStart(String(steps).length)}/${steps}  reward ${rewardMean?.toFixed(3) ?? '–'}  ${Object.entries(parts).map(([name, value]) => `${name} ${value.toFixed(2)}`).join('  ')}  tools ${Math.round(100 * toolUse)} %  equal groups ${Math.round(100 * zeroSpread)} %  entropy ${entropy?.toFixed(2) ?? '–'}  ${seconds.step.toFixed(1)} s${then ? '' : leftText(seconds.step, step, steps)}`;

export const supervisedLine = (step: number, steps: number, { loss, entropy, tokens, gradNorm, seconds }: SupervisedMetrics, then = false): string =>
  `step ${String(step + 1).padStart(String(steps).length)}/${steps}  loss ${loss?.toFixed(4) ?? '–'}  entropy ${entropy?.toFixed(2) ?? '–'}  ${tokens} tokens  gradient ${gradNorm?.toPrecision(3) ?? '–'}  ${seconds.step.toFixed(1)} s${then ? '' : leftText(seconds.step, step, steps)}`;

export const heldOutLine = (step: number, { items, f1, em, rightTool }: HeldOut): string =>
  `held-out after ${step} steps: F1 ${f1.toFixed(1)}, EM ${em.toFixed(1)}${rightTool === undefined ? '' : `, right tool ${rightTool.toFixed(1)} %`} (${items} items, greedy)`;

/** Each field in a line; those of a section under its name. */
function fieldLines(): readonly string[] {
  const sections = Map.groupBy(configFields(), ({ key }) => (key.includes('.') ? (key.split('.')[0] as string) : ''));
  return [...sections].flatMap(([section, fields]) => [...(section === '' ? [] : [`  ${section}`]), ...fields.map((field) => fieldLine(field, section === '' ? '  ' : '    .'))]);
}

function fieldLine({ key, help, unit, value, bounds }: Field, indent: string): string {
  const given = value === '' ? [] : [JSON.stringify(value)];
  const notes = [...given, ...(unit === undefined ? [] : [unit]), ...(bounds === '' ? [] : [bounds.replace(/^(.*)–$/, '$1 or more')])];
  return `${(indent + (key.split('.').at(-1) as string)).padEnd(22)} ${help}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}
