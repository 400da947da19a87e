import { type Published, published, titleOf } from './published.ts';
import { type Group, type Row, two } from './rows.ts';

// The table as a text for a paper, a spreadsheet, another program. Figures in percent.

type Line = { readonly benchmark: string; readonly model: string; readonly mode: string; readonly scorer: string; readonly source: string; readonly n: number; readonly unanswered: number | null; readonly invalid: number | null; readonly toolUse: number | null; readonly parts: Readonly<Record<string, Figure>> };
type Figure = { readonly f1: number; readonly em: number; readonly f1Low?: number; readonly f1High?: number; readonly emLow?: number; readonly emHigh?: number };

const lineOf = (row: Row): Line => ({
  benchmark: row.benchmark, model: row.policy, mode: row.mode, scorer: row.scorer, source: row.name, n: row.parts[0]?.n ?? 0, unanswered: row.parts[0]?.unanswered ?? null, invalid: row.invalid, toolUse: row.toolUse,
  parts: Object.fromEntries(row.parts.map(({ name, f1, em }) => [name, { f1: f1.mean, em: em.mean, f1Low: f1.low, f1High: f1.high, emLow: em.low, emHigh: em.high }])),
});
const publishedLine = ({ benchmark, name, mode, n, source, parts }: Published): Line => ({ benchmark, model: name, mode, scorer: 'paper', source, n, unanswered: null, invalid: null, toolUse: null, parts });

const linesOf = ({ benchmark, rows }: Group): readonly Line[] => [...rows.filter(({ parts }) => parts.length > 0).map(lineOf), ...published.filter((each) => each.benchmark === benchmark).map(publishedLine)];

export function tableMarkdown(groups: readonly Group[]): string {
  const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll('\n', ' ');
  const figure = (mean: number, low?: number, high?: number): string => (low === undefined || high === undefined ? two(mean) : `${two(mean)} (${two(low)}–${two(high)})`);
  return groups.map((group) => {
    const head = ['Model', 'Mode', 'Scorer', 'n', ...group.parts.flatMap((part) => [`${part} F1`, `${part} EM`]), 'Source'];
    const body = linesOf(group).map(({ model, mode, scorer, n, parts, source }) => [cell(model), mode, scorer, String(n), ...group.parts.flatMap((name) => {
      const part = parts[name];
      return part ? [figure(part.f1, part.f1Low, part.f1High), figure(part.em, part.emLow, part.emHigh)] : ['–', '–'];
    }), cell(source)]);
    return [`## ${titleOf(group.benchmark)}`, '', ...[head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`), ''].join('\n');
  }).join('\n');
}

/** One line for each part of each row (RFC 4180); a leading sign that a spreadsheet would take for a formula is set apart. */
export function tableCsv(groups: readonly Group[]): string {
  const field = (value: string | number | null | undefined): string => {
    const text = value === null || value === undefined ? '' : String(value);
    const safe = typeof value === 'string' && /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = groups.flatMap((group) => linesOf(group).flatMap((line) => Object.entries(line.parts).map(([part, { f1, f1Low, f1High, em, emLow, emHigh }]) => [line.benchmark, line.model, line.mode, line.scorer, part, line.n, f1, f1Low, f1High, em, emLow, emHigh, line.unanswered, line.invalid, line.toolUse, line.source])));
  return [['benchmark', 'model', 'mode', 'scorer', 'part', 'n', 'f1', 'f1_low', 'f1_high', 'em', 'em_low', 'em_high', 'unanswered', 'invalid', 'tool_use', 'source'], ...lines].map((cells) => `${cells.map(field).join(',')}\r\n`).join('');
}

export const tableJson = (groups: readonly Group[]): string => `${JSON.stringify(groups.flatMap(linesOf), null, 2)}\n`;
