import { useTranslation } from 'react-i18next';
import { PartName } from '../benchmark-table.tsx';
import type { Published } from '../published.ts';
import { type Part, one, two } from '../rows.ts';
import css from './one.module.css';

const measures = ['f1', 'em'] as const;

/** F1 and exact match of each part on one scale of 0 to 100 %, with their intervals; a diamond where the published figure is. */
export function IntervalChart({ parts, reference }: { readonly parts: readonly Part[]; readonly reference: Published | undefined }) {
  return (
    <div className={css.intervals}>
      {parts.map((part) => (
        <div key={part.name} className={css.intervalPart}>
          <div className={css.intervalName}>
            <PartName name={part.name} /> <span className="faint">n = {part.n}</span>
          </div>
          {measures.map((measure) => <IntervalLine key={measure} part={part} measure={measure} published={reference?.parts[part.name]?.[measure]} name={reference?.name ?? ''} />)}
        </div>
      ))}
      <div className={css.intervalPart} aria-hidden>
        <div className={css.scaleLine}>
          <div className={css.scale}>{[0, 50, 100].map((at) => <span key={at}>{at === 100 ? '100 %' : at}</span>)}</div>
        </div>
      </div>
    </div>
  );
}

function IntervalLine({ part, measure, published, name }: { readonly part: Part; readonly measure: 'f1' | 'em'; readonly published: number | undefined; readonly name: string }) {
  const { t } = useTranslation();
  const { mean, low, high } = part[measure];
  const words = t('evaluate.one.interval', { part: part.name, measure: measure.toUpperCase(), mean: two(mean), low: two(low), high: two(high) });
  return (
    <div className={css.interval}>
      <span className="faint">{measure.toUpperCase()}</span>
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={words}>
        <title>{words}</title>
        {[0, 25, 50, 75, 100].map((x) => <line key={x} x1={x} x2={x} y1={1} y2={11} className={css.tick} vectorEffect="non-scaling-stroke" />)}
        <line x1={low} x2={high} y1={6} y2={6} className={css.span} data-measure={measure} vectorEffect="non-scaling-stroke" />
        <line x1={mean} x2={mean} y1={1} y2={11} className={css.mean} data-measure={measure} vectorEffect="non-scaling-stroke" />
        {published !== undefined && <line x1={published} x2={published} y1={0} y2={12} className={css.publishedMark} vectorEffect="non-scaling-stroke"><title>{t('evaluate.one.reference', { name, value: two(published) })}</title></line>}
      </svg>
      <b>{one(mean)}</b>
      <span className="faint">{`${one(low)}–${one(high)}`}</span>
    </div>
  );
}
