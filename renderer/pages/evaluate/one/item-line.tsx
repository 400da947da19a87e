import { Check, CircleDashed, Equal, OctagonX, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { firstLine, visibleText } from '../../../parts/turns/visible.ts';
import type { Outcome } from '../rows.ts';
import css from './one.module.css';

type Item = Calls<AppContract>['evaluations.items']['output']['rows'][number];

const icons = { right: Check, wrong: X, unanswered: CircleDashed, invalid: OctagonX, unscored: Equal } as const satisfies Record<Outcome, unknown>;

/** An item in the list: its question, what was answered and what is right. */
export function ItemLine({ item: { id, outcome, question, answer, gold, f1 } }: { readonly item: Item }) {
  const { t } = useTranslation();
  const Icon = icons[outcome];
  const partly = outcome === 'wrong' && f1 !== null && f1 > 0;
  return (
    <>
      <span className={css.lineTop}>
        <Icon size={14} className={css.mark} data-outcome={outcome} aria-label={t(`evaluate.one.outcome.${outcome}`)} />
        <bdi className={css.lineText}>{visibleText(firstLine(question ?? id, 200))}</bdi>
      </span>
      <span className={css.lineBottom}>
        <bdi className={css.lineText}>{answer === null ? t('evaluate.one.noAnswer') : visibleText(firstLine(answer, 80))}</bdi>
        {outcome !== 'right' && gold !== null && <bdi className={css.lineGold}>{t('evaluate.one.gold')} {visibleText(firstLine(gold, 80))}</bdi>}
        {partly && <span className={css.lineF1}>F1 {Math.round(100 * (f1 ?? 0))}</span>}
      </span>
    </>
  );
}
