import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { saveFile } from '../parts/save-file.ts';
import { useTried } from '../parts/tried.ts';
import { ChartHelp, ChartMenu } from './chart-tools.tsx';
import css from './charts.module.css';
import type { ChartColours } from './colours.ts';
import { type ChartFile, chartCsv, chartPng, chartSvg } from './export.ts';
import { LineChart, type Range } from './line-chart.tsx';
import { type ChartLine, strong } from './lines.ts';

type ChartCardProps = {
  readonly title: string;
  /** What it is, and what good and bad look like. */
  readonly help: { readonly what: string; readonly look: string };
  /** As a screen can show them. */
  readonly lines: readonly ChartLine[] | undefined;
  /** With every point. */
  readonly wholeLines: () => Promise<readonly ChartLine[]>;
  readonly colours: ChartColours;
  readonly group: string;
  readonly height?: number;
  readonly fileName: string;
  readonly range?: Range | undefined;
  readonly outliers: boolean;
  readonly format: (value: number) => string;
  readonly formatRight?: ((value: number) => string) | undefined;
  readonly onRange: (range: Range | undefined) => void;
  readonly onStep?: ((step: number) => void) | undefined;
};

/** A chart with its name, what it means, its values and its ways out. */
export function ChartCard({ title, help, lines, wholeLines, colours, group, height = 168, fileName, range, outliers, format, formatRight, onRange, onStep }: ChartCardProps) {
  const { t } = useTranslation();
  const tried = useTried();
  const [cursor, setCursor] = useState<number>();
  const [log, setLog] = useState(false);
  const [menu, setMenu] = useState(false);
  const empty = lines?.every(({ steps }) => steps.length === 0) ?? false;
  const file = (): ChartFile => ({ title, stepLabel: t('train.charts.step'), lines: lines ?? [], colours, log, outliers, range, format, formatRight });
  const save = async (form: 'svg' | 'png' | 'csv'): Promise<void> => {
    if (form === 'svg') saveFile(`${fileName}.svg`, new Blob([chartSvg(file())], { type: 'image/svg+xml' }));
    else if (form === 'png') saveFile(`${fileName}.png`, await chartPng(file()));
    else saveFile(`${fileName}.csv`, new Blob([chartCsv({ lines: await wholeLines(), range })], { type: 'text/csv' }));
  };
  const openMenu = (event: React.MouseEvent): void => {
    event.preventDefault();
    setMenu(true);
  };
  return (
    <section className={css.card} aria-label={title} onContextMenu={openMenu}>
      <div className={css.head}>
        <h3 className={css.title} style={{ margin: 0 }}>
          {title}
        </h3>
        <ChartHelp title={title} {...help} />
        <ChartMenu {...{ title, log }} opened={menu} onOpened={setMenu} onLog={() => setLog(!log)} onSave={(form) => void tried(() => save(form))} />
      </div>
      <ul className={css.legend}>
        {(lines ?? []).filter(({ quiet = false }) => !quiet).map((line) => (
          <li key={line.key}>
            <span className={css.swatch} style={{ background: line.colour, opacity: line.other === undefined ? 1 : 0.6 }} />
            <span title={line.label}>{line.label}</span>
            <span>{(line.right ? (formatRight ?? format) : format)(shownValue(line, cursor))}</span>
          </li>
        ))}
      </ul>
      {lines && !empty ? (
        <LineChart {...{ lines, colours, height, log, outliers, range, group, format, formatRight, onRange, onStep }} label={t('train.charts.label', { title })} stepLabel={t('train.charts.step')} onCursor={setCursor} />
      ) : (
        <div className={css.empty} style={{ height }}>
          {lines && t('train.charts.none')}
        </div>
      )}
    </section>
  );
}

/** The value at the crosshair, as the strong line has it; else the last. */
function shownValue(line: ChartLine, cursor: number | undefined): number {
  const { steps } = line;
  const values = strong(line);
  if (cursor === undefined) return values.at(-1) ?? Number.NaN;
  let best = -1;
  for (const [i, step] of steps.entries()) if (best < 0 || Math.abs(step - cursor) < Math.abs((steps[best] as number) - cursor)) best = i;
  return values[best] ?? Number.NaN;
}
