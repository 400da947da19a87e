import { type ChartColours, lineColour, paperColours } from './colours.ts';
import { incrementsOf, tickOf } from './figures.ts';
import type { Range } from './line-chart.tsx';
import { type ChartLine, bounds, stacked, strong, union } from './lines.ts';

// A chart as a file: vectors for a paper, an image for a slide, numbers for another program.

export type ChartFile = { readonly title: string; readonly stepLabel: string; readonly lines: readonly ChartLine[]; readonly colours: ChartColours; readonly log: boolean; readonly outliers: boolean; readonly range?: Range | undefined; readonly format: (value: number) => string; readonly formatRight?: ((value: number) => string) | undefined };

const [width, height] = [720, 400];
const [left, right, top, bottom] = [64, 64, 24, 72];

export const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

type Scale = { readonly to: (value: number) => number; readonly ticks: readonly number[] };

function linear(low: number, high: number, from: number, until: number, count: number, increments?: readonly number[]): Scale {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (increments ?? [1, 2, 5, 10].map((factor) => factor * power)).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step) ticks.push(Math.abs(tick) < step * 1e-6 ? 0 : tick);
  return { to: (value) => from + ((until - from) * (value - low)) / (high - low), ticks };
}

function logarithmic(low: number, high: number, from: number, until: number): Scale {
  const [a, b] = [Math.log10(low), Math.log10(high)];
  const ticks = Array.from({ length: Math.max(0, Math.floor(b) - Math.ceil(a) + 1) }, (_, i) => 10 ** (Math.ceil(a) + i));
  return { to: (value) => from + ((until - from) * (Math.log10(Math.max(value, low)) - a)) / (b - a), ticks: ticks.length > 1 ? ticks : [low, Math.sqrt(low * high), high] };
}

/** On white, with the colours of paper: it stands alone. */
export function chartSvg({ title, stepLabel, lines: given, colours, log, outliers, range, format, formatRight }: ChartFile): string {
  const onPaper = new Map(colours.lines.map((colour, i) => [colour, lineColour(paperColours, i)]));
  const within = (line: ChartLine): ChartLine => {
    const kept = line.steps.flatMap((step, i) => (!range || (step >= range.from && step <= range.to) ? [i] : []));
    const pick = (values: readonly number[]): readonly number[] => kept.map((i) => values[i] as number);
    return { ...line, colour: onPaper.get(line.colour) ?? line.colour, steps: pick(line.steps), values: pick(line.values), ...(line.means && { means: pick(line.means) }), ...(line.band && { band: { low: pick(line.band.low), high: pick(line.band.high) } }) };
  };
  const lines = [...stacked(given.filter(({ form }) => form === 'stack')), ...given.filter(({ form }) => form !== 'stack')].map(within);
  const steps = union(lines.map((line) => line.steps));
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = linear(first, last === first ? first + 1 : last, left, width - right, 8);
  const scaleOf = (onRight: boolean): Scale => {
    const [low, high] = bounds(lines.filter((line) => (line.right ?? false) === onRight).flatMap(({ values, band }) => [...values, ...(band ? [...band.low, ...band.high] : [])]), { log: log && !onRight, outliers });
    return log && !onRight ? logarithmic(low, high, height - bottom, top) : linear(low, high, height - bottom, top, 5, incrementsOf(onRight ? (formatRight ?? format) : format));
  };
  const [y, yRight] = [scaleOf(false), scaleOf(true)];
  const hasRight = lines.some((line) => line.right);
  const number = (value: number): string => value.toFixed(2);
  const text = (px: number, py: number, words: string, anchor = 'middle', weight = 400): string => `<text x="${number(px)}" y="${number(py)}" text-anchor="${anchor}" font-weight="${weight}">${escaped(words)}</text>`;
  const pathOf = (line: ChartLine, values: readonly number[]): string => {
    const scale = line.right ? yRight : y;
    return values.map((value, i) => `${i === 0 ? 'M' : 'L'}${number(x.to(line.steps[i] as number))} ${number(scale.to(value))}`).join('');
  };
  const drawn = lines.map((line) => {
    const { colour, form, band, smooth = 0, other, values } = line;
    const parts: string[] = [];
    if (band && form !== 'dots') {
      const back = { ...line, steps: line.steps.toReversed() };
      parts.push(`<path d="${pathOf(line, band.high)}${pathOf(back, band.low.toReversed()).replace('M', 'L')}Z" fill="${colour}" fill-opacity="${form === 'stack' ? 0.6 : 0.15}"/>`);
    }
    if (band && form === 'dots' && other === undefined) for (const [i, step] of line.steps.entries()) parts.push(`<path d="M${number(x.to(step))} ${number((line.right ? yRight : y).to(band.low[i] as number))}V${number((line.right ? yRight : y).to(band.high[i] as number))}" stroke="${colour}" stroke-opacity="0.55" stroke-width="1.5"/>`);
    if (smooth > 0 && other === undefined) parts.push(`<path d="${pathOf(line, values)}" fill="none" stroke="${colour}" stroke-opacity="0.3"/>`);
    parts.push(`<path d="${pathOf(line, strong(line))}" fill="none" stroke="${colour}" stroke-width="${other === undefined ? 2 : 1.2}" stroke-linejoin="round"${other === undefined ? '' : ' stroke-dasharray="5 4"'}/>`);
    if (form === 'dots' && other === undefined) for (const [i, step] of line.steps.entries()) parts.push(`<circle cx="${number(x.to(step))}" cy="${number((line.right ? yRight : y).to(values[i] as number))}" r="3.5" fill="${colour}"/>`);
    return parts.join('');
  });
  const grid = y.ticks.map((tick) => `<path d="M${left} ${number(y.to(tick))}H${width - right}" stroke="#e7eaee"/>${text(left - 8, y.to(tick) + 4, tickOf(format)(tick), 'end')}`).join('');
  const rightTicks = hasRight ? yRight.ticks.map((tick) => text(width - right + 8, yRight.to(tick) + 4, tickOf(formatRight ?? format)(tick), 'start')).join('') : '';
  const stepTicks = x.ticks.filter(Number.isInteger).map((tick) => text(x.to(tick), height - bottom + 18, String(tick))).join('');
  let at = left;
  const legend = lines.map(({ label, colour }) => {
    const part = `<rect x="${at}" y="${height - 24}" width="14" height="4" rx="2" fill="${colour}"/>${text(at + 20, height - 18, label, 'start')}`;
    at += 40 + label.length * 7;
    return part;
  }).join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#4b5462"><rect width="${width}" height="${height}" fill="#fff"/><clipPath id="plot"><rect x="${left}" y="${top}" width="${width - left - right}" height="${height - top - bottom}"/></clipPath>${text(left, 15, title, 'start', 600)}${grid}${rightTicks}${stepTicks}${text((left + width - right) / 2, height - bottom + 36, stepLabel)}<g clip-path="url(#plot)">${drawn.join('')}</g>${legend}</svg>\n`;
}

/** One row for each step, one column for each line. */
export function chartCsv({ lines, range }: Pick<ChartFile, 'lines' | 'range'>): string {
  const steps = union(lines.map((line) => line.steps)).filter((step) => !range || (step >= range.from && step <= range.to));
  const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const columns = lines.flatMap(({ label, steps: own, values, band }) => {
    const places = new Map(own.map((step, i) => [step, i]));
    const pick = (from: readonly number[]) => (step: number): string => {
      const i = places.get(step);
      return i === undefined ? '' : String(from[i]);
    };
    return [{ name: label, value: pick(values) }, ...(band ? [{ name: `${label} (low)`, value: pick(band.low) }, { name: `${label} (high)`, value: pick(band.high) }] : [])];
  });
  return [['step', ...columns.map(({ name }) => cell(name))], ...steps.map((step) => [String(step), ...columns.map(({ value }) => value(step))])].map((row) => row.join(',')).join('\r\n') + '\r\n';
}

/** The same picture in pixels, twice as dense. */
export async function chartPng(file: ChartFile): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([chartSvg(file)], { type: 'image/svg+xml' }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [2 * width, 2 * height];
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))), 'image/png'));
  } finally {
    URL.revokeObjectURL(url);
  }
}
