import { ActionIcon, Menu, Popover, Text } from '@mantine/core';
import { CircleQuestionMark, Download, FileImage, FileSpreadsheet, FileType, ScaleIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './charts.module.css';
import type { ChartColours } from './colours.ts';
import { type ChartFile, chartCsv, chartPng, chartSvg, saveFile } from './export.ts';
import { LineChart, type Range } from './line-chart.tsx';
import { type ChartLine, smoothed } from './lines.ts';

type ChartCardProps = {
  readonly title: string;
  /** What it is, and what good and bad look like. */
  readonly help: { readonly what: string; readonly look: string };
  readonly lines: readonly ChartLine[] | undefined;
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
export function ChartCard({ title, help, lines, colours, group, height = 168, fileName, range, outliers, format, formatRight, onRange, onStep }: ChartCardProps) {
  const { t } = useTranslation();
  const [cursor, setCursor] = useState<number>();
  const [log, setLog] = useState(false);
  const [menu, setMenu] = useState(false);
  const empty = lines?.every(({ steps }) => steps.length === 0) ?? false;
  const file = (): ChartFile => ({ title, stepLabel: t('train.charts.step'), lines: lines ?? [], colours, log, outliers, range, format, formatRight });
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
        <Popover width={300} position="bottom-end" shadow="md" withArrow>
          <Popover.Target>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.charts.help', { title })}>
              <CircleQuestionMark size={15} />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <Text size="sm">{help.what}</Text>
            <Text size="sm" mt={6} className="faint">
              {help.look}
            </Text>
          </Popover.Dropdown>
        </Popover>
        <Menu opened={menu} onChange={setMenu} position="bottom-end" shadow="md" withinPortal>
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.charts.save', { title })}>
              <Download size={15} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<FileType size={15} />} onClick={() => saveFile(`${fileName}.svg`, new Blob([chartSvg(file())], { type: 'image/svg+xml' }))}>
              SVG
            </Menu.Item>
            <Menu.Item leftSection={<FileImage size={15} />} onClick={() => void chartPng(file()).then((blob) => saveFile(`${fileName}.png`, blob))}>
              PNG
            </Menu.Item>
            <Menu.Item leftSection={<FileSpreadsheet size={15} />} onClick={() => saveFile(`${fileName}.csv`, new Blob([chartCsv(file())], { type: 'text/csv' }))}>
              CSV
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<ScaleIcon size={15} />} onClick={() => setLog(!log)}>
              {t(log ? 'train.charts.linear' : 'train.charts.log')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
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
function shownValue({ steps, values, smooth = 0 }: ChartLine, cursor: number | undefined): number {
  const strong = smooth > 0 ? smoothed(values, smooth) : values;
  if (cursor === undefined) return strong.at(-1) ?? Number.NaN;
  let best = -1;
  for (const [i, step] of steps.entries()) if (best < 0 || Math.abs(step - cursor) < Math.abs((steps[best] as number) - cursor)) best = i;
  return strong[best] ?? Number.NaN;
}
