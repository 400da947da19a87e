import path from 'node:path';
import { writeTextAtomic } from '../model/folder/atomic-file.ts';
import type { Sample } from '../records/sample.ts';
import type { Trajectory } from '../records/trajectory.ts';
import { benchmarks, splitByPosition } from './benchmarks.ts';
import { estimateText } from './figures-text.ts';
import type { EvaluatedItem, EvaluationConfig } from './folder.ts';
import { lastOfEach } from './run.ts';
import { type NoFigures, type PartFigures, type Scores, scorePredictions } from './score.ts';

/** How often tools were used, over the items that count. */
export type ToolUse = {
  readonly steps: number;
  readonly codeRuns: number;
  readonly codeErrors: number;
  readonly searches: number;
  readonly emptySearches: number;
  readonly invalidCompletions: number;
  /** Items that used a tool at least once. */
  readonly itemsWithTools: number;
};

export type Report = {
  readonly config: EvaluationConfig;
  readonly scores: Scores;
  readonly tools: ToolUse;
  readonly endings: Readonly<Record<string, number>>;
  /** Items that ended by a fault of ours; they count nowhere else. */
  readonly invalid: readonly { readonly id: string; readonly where: string; readonly reason: string }[];
  readonly missing: number;
  readonly usage: { readonly promptTokens: number; readonly completionTokens: number; readonly cost: number; /** Completions whose tokens the server did not count; nor are they above. */ readonly uncounted: number };
};

/** What an agent's trajectory answered; null where it gave no answer. */
const answerOf = ({ ending }: Trajectory): string | null => (ending.kind === 'answered' ? ending.answer : null);

/** The report of an evaluation as it stands: the same items give the same report, whatever happened in between. */
export function reportOf(config: EvaluationConfig, samples: readonly Sample[], all: readonly EvaluatedItem[]): Report {
  const benchmark = benchmarks.find(({ name }) => name === config.benchmark);
  if (!benchmark) throw new Error(`unknown benchmark ${config.benchmark}`);
  const items = lastOfEach(all);
  const valid = items.filter(({ trajectory }) => trajectory.ending.kind !== 'invalid');
  const predictions = valid.map(({ index, id, trajectory }) => {
    const sample = samples[index] as Sample;
    const split = sample.split ?? splitByPosition(benchmark, index, config.items);
    return { id, answer: answerOf(trajectory), golds: sample.answers, ...(split !== undefined && { split }) };
  });
  const turns = valid.flatMap(({ trajectory }) => trajectory.turns);
  const counted = turns.filter(({ usage }) => !usage.uncounted);
  const count = <T>(list: readonly T[], test: (each: T) => boolean): number => list.filter(test).length;
  return {
    config,
    scores: scorePredictions(benchmark, config.scorer, predictions),
    tools: {
      steps: turns.length,
      codeRuns: count(turns, ({ observation }) => observation?.kind === 'code'),
      codeErrors: count(turns, ({ observation }) => observation?.kind === 'code' && observation.status !== 'ok'),
      searches: count(turns, ({ observation }) => observation?.kind === 'information'),
      emptySearches: count(turns, ({ observation }) => observation?.kind === 'information' && observation.passages.length === 0),
      invalidCompletions: count(turns, ({ action }) => action.kind === 'invalid'),
      itemsWithTools: count(valid, ({ trajectory }) => trajectory.turns.some(({ observation }) => observation?.kind === 'code' || observation?.kind === 'information')),
    },
    endings: countBy(items.map(({ trajectory }) => trajectory.ending.kind)),
    invalid: items.flatMap(({ id, trajectory: { ending } }) => (ending.kind === 'invalid' ? [{ id, where: ending.where, reason: ending.reason }] : [])),
    missing: config.items - items.length,
    usage: {
      promptTokens: sum(counted.map(({ usage }) => usage.promptTokens)),
      completionTokens: sum(counted.map(({ usage }) => usage.completionTokens)),
      cost: Math.round(sum(turns.map(({ usage }) => usage.cost ?? 0)) * 1e6) / 1e6,
      uncounted: turns.length - counted.length,
    },
  };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const countBy = (names: readonly string[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names.toSorted()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** Writes report.md, report.csv (one line an item) and report.json into the evaluation's folder. */
export function writeReport(folder: string, report: Report): void {
  writeTextAtomic(path.join(folder, 'report.md'), reportText(report));
  writeTextAtomic(path.join(folder, 'report.csv'), reportCsv(report));
  const { scores, ...rest } = report;
  const { items: _, ...figures } = scores;
  writeTextAtomic(path.join(folder, 'report.json'), `${JSON.stringify({ ...rest, scores: figures }, null, 2)}\n`);
}

/** The report as Markdown. */
export function reportText({ config, scores, tools, endings, invalid, missing, usage }: Report): string {
  const row = (name: string, { n, unanswered, f1, em }: PartFigures | NoFigures): string => `| ${name} | ${n} | ${unanswered} | ${estimateText(f1)} | ${estimateText(em)} |`;
  return [
    `# ${config.benchmark}: ${config.policy}, ${config.mode}`,
    '',
    `Data ${config.data}, ${config.items} items${missing > 0 ? `, ${missing} not asked yet` : ''}; prompts ${config.prompts}; scorer ${config.scorer}; temperature ${config.sampling.temperature}, seed ${config.sampling.seed}.`,
    `Tools: code ${config.tools.code}; search ${config.tools.search}.`,
    '',
    '| | n | unanswered | F1 (95 %) | EM (95 %) |',
    '|---|---:|---:|---|---|',
    row('all', scores.all),
    ...Object.entries(scores.splits).map(([name, figures]) => row(name, figures)),
    '',
    ...scores.notes.map((note) => `Note: ${note}.`),
    `Steps ${tools.steps}; code ran ${tools.codeRuns} times, ${tools.codeErrors} with an error; ${tools.searches} searches, ${tools.emptySearches} found nothing; ${tools.invalidCompletions} completions were no action; ${tools.itemsWithTools} items used a tool.`,
    `Endings: ${Object.entries(endings).map(([name, count]) => `${name} ${count}`).join(', ')}.`,
    usage.uncounted > 0 && usage.uncounted === tools.steps
      ? 'Tokens: unknown, the endpoint did not count them.'
      : `Tokens: ${usage.promptTokens} read, ${usage.completionTokens} written${usage.cost > 0 ? `, ${usage.cost} US dollars` : ''}${usage.uncounted > 0 ? `, and those of ${usage.uncounted} completions that the endpoint did not count` : ''}.`,
    ...(invalid.length > 0 ? ['', `## ${invalid.length} items ended by a fault of ours and count nowhere`, '', ...invalid.map(({ id, where, reason }) => `- ${id}: ${where}: ${reason.replaceAll('\n', ' ')}`)] : []),
    '',
  ].join('\n');
}

function reportCsv({ scores }: Report): string {
  const lines = scores.items.map(({ id, split, f1, em, answer, golds }) => [id, split ?? '', f1.toFixed(4), String(em), answer ?? '', golds.join(' | ')].map(csvField).join(','));
  return `${['id,split,f1,em,answer,gold', ...lines].join('\r\n')}\r\n`;
}

/** Quoted where needed (RFC 4180); a leading sign that a spreadsheet would take for a formula is set apart. */
export function csvField(text: string): string {
  const safe = /^[=+@\t\r-]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
