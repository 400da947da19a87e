import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Bar, BarChart, CartesianGrid, LabelList, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useChartColours } from '../../charts/colours.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { noFilter } from './address.ts';
import page from './datasets.module.css';
import css from './statistics.module.css';
import type { Go } from './dataset-list.tsx';

type Bars = readonly { readonly name: string; readonly count: number; readonly wish?: Readonly<Record<string, string>> }[];

/** What is in a dataset, as charts; a bar of what can be filtered by leads to its samples. */
export function Statistics({ dataset, go }: { readonly dataset: number; readonly go: Go }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('datasets.statistics', { dataset });
  if (error) return <div className={page.fault}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (!data) return <div className={css.charts}>{Array.from({ length: 6 }, (_, i) => <Skeleton key={i} height={228} />)}</div>;
  const show = (wish: Readonly<Record<string, string>>): void => go({ ...noFilter, view: undefined, ...wish });
  const bars = (counts: Readonly<Record<string, number>>, name: (value: string) => string, key?: 'kind' | 'split' | 'issue' | 'tag'): Bars => Object.entries(counts).map(([value, count]) => ({ name: name(value), count, ...(key && { wish: { [key]: value } }) }));
  const { edges, counts } = data.questionLength;
  const lengths: Bars = counts.map((count, i) => ({ name: `${edges[i] ?? 0}–${(edges[i + 1] ?? 1) - 1}`, count }));
  const images: Bars = bars(data.images, (number) => t('datasets.statistics.imageCount', { count: Number(number) }));
  const answers: Bars = (['none', 'one', 'several'] as const).filter((each) => data.answers[each] > 0).map((each) => ({ name: t(`datasets.statistics.answers.${each}`), count: data.answers[each] }));
  return (
    <div className={css.statistics} tabIndex={0} role="region" aria-label={t('datasets.views.statistics')}>
      <div className={css.totals}>
        <Total value={data.total} name={t('datasets.statistics.samples')} />
        <Total value={data.withImage} name={t('datasets.withImage')} />
        <Total value={data.chains} name={t('datasets.statistics.chains')} />
        <Total value={data.chainSteps} name={t('datasets.statistics.chainSteps')} />
        <Total value={data.answers.none} name={t('datasets.statistics.unanswered')} />
      </div>
      <div className={css.charts}>
        <Rows title={t('datasets.columns.kind')} bars={bars(data.kinds, (kind) => t(`datasets.kinds.${kind as 'coding'}`), 'kind')} onShow={show} />
        <Rows title={t('datasets.columns.split')} bars={bars(data.splits, (split) => (split === '' ? t('datasets.noSplit') : visibleText(split)), 'split')} onShow={show} />
        <Rows title={t('datasets.columns.issues')} bars={bars(data.issues, (issue) => t(`datasets.issues.${issue as 'dark'}`), 'issue')} onShow={show} />
        <Rows title={t('datasets.columns.answers')} bars={answers} onShow={show} />
        <Rows title={t('datasets.columns.imageCount')} bars={images} onShow={show} />
        {Object.keys(data.tags).length > 0 && <Rows title={t('datasets.sample.tags')} bars={bars(data.tags, visibleText, 'tag')} onShow={show} />}
        <Histogram title={t('datasets.statistics.questionLength')} bars={lengths} />
      </div>
    </div>
  );
}

const Total = ({ value, name }: { readonly value: number; readonly name: string }) => (
  <div className={css.total}>
    <b>{whole(value)}</b>
    <span>{name}</span>
  </div>
);

/** Most values that one chart shows. */
const mostBars = 12;
/** Letters of a value's name that are shown. */
const mostLetters = 18;
const shortened = (name: string): string => (name.length > mostLetters ? `${name.slice(0, mostLetters - 1)}…` : name);
/** Pixels for the longest name: 7 for a letter, 13 for a wide one, and the gap to the bar. */
const nameWidth = (bars: Bars): number => 12 + Math.max(40, ...bars.map(({ name }) => [...shortened(name)].reduce((sum, letter) => sum + (letter > '\u2E7F' ? 13 : 7), 0)));

function Rows({ title, bars, onShow }: { readonly title: string; readonly bars: Bars; readonly onShow: (wish: Readonly<Record<string, string>>) => void }) {
  const { t } = useTranslation();
  const colours = useChartColours();
  const sorted = bars.toSorted((a, b) => b.count - a.count);
  const shown = sorted.slice(0, mostBars);
  const rest = sorted.slice(mostBars).reduce((sum, { count }) => sum + count, 0);
  return (
    <figure className={css.chart}>
      <figcaption>{title}</figcaption>
      {shown.length === 0 ? (
        <p className="faint">{t('datasets.statistics.none')}</p>
      ) : (
        <ResponsiveContainer width="100%" height={shown.length * 28 + 8}>
          <BarChart data={shown} layout="vertical" margin={{ top: 0, right: 52, bottom: 0, left: 0 }} accessibilityLayer={false}>
            <XAxis type="number" hide domain={[0, 'dataMax']} />
            <YAxis type="category" dataKey="name" width={nameWidth(shown)} interval={0} axisLine={false} tickLine={false} tick={{ fill: colours.text, fontSize: 12 }} tickFormatter={shortened} />
            <Bar dataKey="count" fill={colours.lines[0] ?? ''} barSize={16} radius={2} isAnimationActive={false} cursor={shown[0]?.wish ? 'pointer' : undefined} onClick={(_, i) => { const wish = shown[i]?.wish; if (wish) onShow(wish); }}>
              <LabelList dataKey="count" position="right" fill={colours.text} fontSize={12} formatter={(value) => whole(Number(value))} />
            </Bar>
          </BarChart>
        </ResponsiveContainer>
      )}
      {rest > 0 && <p className="faint">{t('datasets.statistics.rest', { count: sorted.length - mostBars, samples: whole(rest) })}</p>}
    </figure>
  );
}

function Histogram({ title, bars }: { readonly title: string; readonly bars: Bars }) {
  const { t } = useTranslation();
  const colours = useChartColours();
  return (
    <figure className={css.chart} data-wide>
      <figcaption>{title}</figcaption>
      <span className={css.axis}>{t('datasets.statistics.axis')}</span>
      <ResponsiveContainer width="100%" height={200}>
        <BarChart data={[...bars]} margin={{ top: 8, right: 8, bottom: 0, left: 0 }} barCategoryGap={1} accessibilityLayer={false}>
          <CartesianGrid vertical={false} stroke={colours.grid} />
          <XAxis dataKey="name" tick={{ fill: colours.text, fontSize: 11 }} tickLine={false} stroke={colours.grid} minTickGap={16} />
          <YAxis tick={{ fill: colours.text, fontSize: 11 }} tickLine={false} axisLine={false} width={52} tickFormatter={(value: number) => whole(value)} allowDecimals={false} />
          <Tooltip cursor={{ fill: colours.grid }} contentStyle={{ background: colours.surface, border: `1px solid ${colours.grid}`, borderRadius: 6, fontSize: 12 }} formatter={(value) => [t('datasets.samples', { count: Number(value), samples: whole(Number(value)) }), '']} separator="" labelFormatter={(label) => t('datasets.statistics.characters', { range: typeof label === 'string' ? label : '' })} />
          <Bar dataKey="count" fill={colours.lines[0] ?? ''} isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  );
}
