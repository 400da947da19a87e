import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { type Fault, engineFault } from '../../../i18n/engine-words.ts';
import { whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import table from '../evaluate.module.css';
import { type Row, evaluationPath, one, policyWords } from '../rows.ts';
import css from './compare.module.css';

type Compared = Calls<AppContract>['evaluations.compare']['output'];
type Other = Compared['others'][number];
type Figures = NonNullable<Other['figures']>;
export type Kind = keyof Figures['counts'];

/** In the order in which they can be chosen. */
export const kinds = ['all', 'better', 'worse', 'same', 'onlyBefore', 'onlyAfter', 'bothRight', 'bothWrong'] as const satisfies readonly Kind[];

type Estimate = Figures['difference']['f1'];

const counted = [['won', 'better'], ['lost', 'worse'], ['same', 'same'], ['onlyBefore', 'onlyBefore'], ['onlyAfter', 'onlyAfter']] as const satisfies readonly (readonly [string, Kind])[];

type ComparisonTableProps = {
  readonly base: Row;
  readonly others: readonly Other[];
  readonly chosen: { readonly name: string; readonly kind: string } | undefined;
  readonly onChoose: (name: string, kind: Kind) => void;
  /** Beside a row's name. */
  readonly extra: (row: Row) => ReactNode;
};

/** Each evaluation against the first, paired item by item; every count opens its items. */
export function ComparisonTable({ base, others, chosen, onChoose, extra }: ComparisonTableProps) {
  const { t } = useTranslation();
  const columns = ['won', 'lost', 'same', 'onlyBefore', 'onlyAfter', 'p'] as const;
  const first = others.find(({ figures }) => figures)?.figures;
  return (
    <div className={css.box}>
      <div className={table.tableBox}>
        <table className={table.table}>
          <thead>
            <tr>
              <th rowSpan={2} className={table.policyHead}>{t('evaluate.columns.policy')}</th>
              <th colSpan={2} className={table.partHead}>F1</th>
              <th colSpan={2} className={table.partHead}>EM</th>
              {columns.map((column) => <th key={column} rowSpan={2} className={css.count} data-first={column === 'won' || undefined} title={t(`evaluate.comparing.help.${column}`)}>{t(`evaluate.comparing.${column}`)}</th>)}
            </tr>
            <tr>
              {(['f1', 'em'] as const).flatMap((measure) => [<th key={measure} className={table.measure} data-first>%</th>, <th key={`${measure} difference`} className={css.differenceHead} title={t('evaluate.comparing.help.difference')}>{t('evaluate.comparing.difference')}</th>])}
            </tr>
          </thead>
          <tbody>
            <tr className={table.line}>
              <NameCell row={base} facts={t('evaluate.comparing.base')} />
              <Value estimate={first?.before.f1 ?? base.parts[0]?.f1} first />
              <td className={table.number}>–</td>
              <Value estimate={first?.before.em ?? base.parts[0]?.em} first />
              <td className={table.number}>–</td>
              {columns.map((column) => <td key={column} className={table.number} data-first={column === 'won' || undefined}>–</td>)}
            </tr>
            {others.map((other) => (
              <tr key={other.row.name} className={table.line} data-chosen={chosen?.name === other.row.name || undefined}>
                <NameCell row={other.row} facts={other.figures ? <PairWords figures={other.figures} /> : t('evaluate.comparing.refused')} extra={extra(other.row)} />
                {other.figures ? <Cells figures={other.figures} name={other.row.name} chosen={chosen} onChoose={onChoose} /> : (
                  <td colSpan={10} className={css.refused}>{other.refused && <Refused fault={engineFault(other.refused)} />}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** Whether the difference is more than chance, and of how many items. */
function PairWords({ figures: { n, unpaired, difference: { f1 } } }: { readonly figures: Figures }) {
  const { t } = useTranslation();
  const verdict = f1.low > 0 ? 'better' : f1.high < 0 ? 'worse' : 'unclear';
  return `${t(`evaluate.comparing.verdict.${verdict}`)} · ${t('evaluate.comparing.pairs')} ${whole(n)}${unpaired > 0 ? ` · ${t('evaluate.comparing.unpaired', { count: unpaired })}` : ''}`;
}

function Refused({ fault: { thing, expected, found, remedy } }: { readonly fault: Fault }) {
  const { t } = useTranslation();
  return (
    <>
      <b className="foreign">{thing}</b>
      <span className="foreign">{t('frame.fault.expected')}{t('frame.marks.colon')}{expected}</span>
      <span className="foreign">{t('frame.fault.found')}{t('frame.marks.colon')}{found}</span>
      <span className="foreign">{remedy}</span>
    </>
  );
}

function NameCell({ row, facts, extra }: { readonly row: Row; readonly facts: ReactNode; readonly extra?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <td className={table.policyCell}>
      <div className={css.name}>
        <a href={evaluationPath(row.name)} className="foreign row-name cut" title={visibleText(row.policy)}>{visibleText(policyWords(row.policy).name)}</a>
        <span className="faint">{row.origin === 'imported' ? t('evaluate.imported') : t(`evaluate.mode.${row.mode}`)}</span>
        <span className={css.extra}>{extra}</span>
      </div>
      <div className={table.facts}>{facts}</div>
    </td>
  );
}

function Value({ estimate, first = false }: { readonly estimate: Estimate | undefined; readonly first?: boolean }) {
  return (
    <td className={table.figure} data-first={first || undefined}>
      <span data-strong>{estimate ? one(estimate.mean) : '–'}</span>
      {estimate && <small>{`${one(estimate.low)}–${one(estimate.high)}`}</small>}
    </td>
  );
}

const signed = (value: number): string => `${value > 0 ? '+' : value < 0 ? '−' : '±'}${one(Math.abs(value))}`;

/** Blue where all of the interval is above 0, orange where all of it is below. */
function Difference({ estimate: { mean, low, high } }: { readonly estimate: Estimate }) {
  return (
    <td className={table.figure}>
      <span className={css.difference} data-sign={low > 0 ? 'up' : high < 0 ? 'down' : undefined}>{signed(mean)}</span>
      <small>{`${signed(low)} … ${signed(high)}`}</small>
    </td>
  );
}

function Cells({ figures: { after, difference, counts, p }, name, chosen, onChoose }: { readonly figures: Figures; readonly name: string; readonly chosen: ComparisonTableProps['chosen']; readonly onChoose: (name: string, kind: Kind) => void }) {
  const { t } = useTranslation();
  return (
    <>
      <Value estimate={after.f1} first />
      <Difference estimate={difference.f1} />
      <Value estimate={after.em} first />
      <Difference estimate={difference.em} />
      {counted.map(([column, kind]) => {
        const label = t('evaluate.comparing.show', { name, kind: t(`evaluate.comparing.${column}`) });
        return (
          <td key={column} className={table.number} data-first={column === 'won' || undefined}>
            <button type="button" className={css.open} aria-pressed={chosen?.name === name && chosen.kind === kind} aria-label={`${label}${t('frame.marks.colon')}${counts[kind]}`} title={label} onClick={() => onChoose(name, kind)}>{whole(counts[kind])}</button>
          </td>
        );
      })}
      <td className={table.number}>{p < 0.001 ? '< 0.001' : p.toFixed(3)}</td>
    </>
  );
}
