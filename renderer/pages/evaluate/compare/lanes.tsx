import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import { ItemAsked, ItemTurns } from '../one/item-view.tsx';
import { type Row, type Scorer, evaluationPath, policyWords } from '../rows.ts';
import css from './compare.module.css';
import type { Pair } from './pair-line.tsx';

/** One item of two evaluations: what was asked once, what each did beside the other. */
export function Lanes({ pair, base, other, scorer }: { readonly pair: Pair; readonly base: Row; readonly other: Row; readonly scorer: Scorer | null }) {
  const before = useEngine('evaluations.item', { name: base.name, index: pair.before.index, scorer });
  const after = useEngine('evaluations.item', { name: other.name, index: pair.after.index, scorer });
  // Predictions that were imported have no question; the other may.
  const [asked, imported] = base.origin === 'imported' && other.origin !== 'imported' ? [after.data, false] : [before.data, base.origin === 'imported'];
  return (
    <div className={css.pair}>
      {asked ? <ItemAsked item={asked} imported={imported} /> : <Skeleton height={112} mb="lg" />}
      <div className={css.lanes}>
        <Lane row={base} index={pair.before.index} answer={before} f1={pair.before.f1} first />
        <Lane row={other} index={pair.after.index} answer={after} f1={pair.after.f1} />
      </div>
    </div>
  );
}

function Lane({ row, index, answer: { data, error, refetch }, f1, first = false }: { readonly row: Row; readonly index: number; readonly answer: ReturnType<typeof useEngine<'evaluations.item'>>; readonly f1: number; readonly first?: boolean }) {
  const { t } = useTranslation();
  const title = visibleText(policyWords(row.policy).name);
  return (
    <article className={css.lane} aria-label={title}>
      <header className={css.laneHead}>
        <span className="faint">{t(first ? 'evaluate.comparing.first' : 'evaluate.comparing.here')}</span>
        <a href={`${evaluationPath(row.name)}?item=${index}`} className="foreign">{title}</a>
        <span className={css.laneScore}>F1 {Math.round(100 * f1)} %</span>
      </header>
      <div className={css.laneBody}>
        {error && <FaultNote error={error} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton height={160} />}
        {data && <ItemTurns item={data} imported={row.origin === 'imported'} />}
      </div>
    </article>
  );
}
