import { Equal, EqualNot } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Score } from '../../../main/records/score.ts';
import { ForeignText } from './foreign-text.tsx';
import css from './turns.module.css';

type AnswerBodyProps = { readonly answer: string; readonly gold?: readonly string[] | undefined; readonly score?: Score | null | undefined };

/** The answer that was read from the completion, against the gold ones. */
export function AnswerBody({ answer, gold, score }: AnswerBodyProps) {
  const { t } = useTranslation();
  return (
    <>
      <ForeignText text={answer} className={css.answer} />
      {gold && gold.length > 0 && (
        <div className={css.verdict}>
          {score && <Verdict score={score} />}
          <span className={css.faint}>{t('turns.gold')}</span>
          <ForeignText text={gold.join('  /  ')} characters={300} lines={4} className={css.gold} />
        </div>
      )}
    </>
  );
}

/** Right, wrong, or how near; in words and with a sign, not by colour alone. */
export function Verdict({ score: { em, f1 } }: { readonly score: Score }) {
  const { t } = useTranslation();
  const right = em === 1;
  return (
    <span className={css.verdictChip} data-right={right || undefined}>
      {right ? <Equal size={13} aria-hidden /> : <EqualNot size={13} aria-hidden />}
      {right ? t('turns.right') : f1 > 0 ? t('turns.near', { f1: Math.round(f1 * 100) }) : t('turns.wrong')}
    </span>
  );
}
