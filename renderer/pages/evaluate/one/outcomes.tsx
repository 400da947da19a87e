import { useTranslation } from 'react-i18next';
import { whole } from '../../../parts/numbers.ts';
import type { Outcome } from '../rows.ts';
import css from './one.module.css';

export const outcomeOrder = ['right', 'wrong', 'unanswered', 'invalid', 'unscored'] as const satisfies readonly Outcome[];

/** What became of the items, as one bar. */
export function OutcomeBar({ counts }: { readonly counts: Readonly<Record<Outcome, number>> }) {
  const { t } = useTranslation();
  const total = outcomeOrder.reduce((sum, each) => sum + counts[each], 0);
  const shown = outcomeOrder.filter((each) => counts[each] > 0);
  return (
    <div>
      <div className={css.bar} aria-hidden>
        {shown.map((each) => <span key={each} data-outcome={each} style={{ flexGrow: counts[each] }} title={`${t(`evaluate.one.outcome.${each}`)}${t('frame.marks.colon')}${counts[each]}`} />)}
      </div>
      <dl className={css.legend}>
        {shown.map((each) => (
          <div key={each}>
            <dt><i data-outcome={each} aria-hidden />{t(`evaluate.one.outcome.${each}`)}</dt>
            <dd>{whole(counts[each])} <span className="faint">{Math.round((100 * counts[each]) / Math.max(1, total))} %</span></dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
