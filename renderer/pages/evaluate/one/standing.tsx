import { Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { duration, whole } from '../../../parts/numbers.ts';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import type { EvaluationActions } from '../actions.tsx';
import type { Row } from '../rows.ts';
import css from './one.module.css';

/** How far an evaluation is, where it is not done. */
export function Standing({ row: { name, state, done, total, secondsLeft, failure }, actions }: { readonly row: Row; readonly actions: EvaluationActions }) {
  const { t } = useTranslation();
  if (state === 'finished') return null;
  if (state === 'starting') return <div className={css.standing} role="status">{t('evaluate.justStarted')}</div>;
  if (state === 'failed') return <div className={css.failed} role="alert">{t('evaluate.one.failed')}<ForeignText text={failure ?? ''} /></div>;
  if (state === 'stopped') return <div className={css.standing}>{t('evaluate.stoppedAfter', { done: whole(done), total: whole(total) })}</div>;
  return (
    <div className={css.standing} role="status" data-live>
      <Progress value={(100 * done) / Math.max(1, total)} size={6} w={200} aria-label={t('evaluate.progress', { done, total })} />
      {t('evaluate.progress', { done: whole(done), total: whole(total) })}
      {actions.stopping === name ? ` · ${t('evaluate.stopping')}` : secondsLeft !== null && ` · ${t('evaluate.left', { time: duration(secondsLeft) })}`}
    </div>
  );
}
