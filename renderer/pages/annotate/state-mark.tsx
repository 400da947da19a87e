import { useTranslation } from 'react-i18next';
import type { AnnotationState } from '../../../main/records/annotation.ts';
import { whole } from '../../parts/numbers.ts';
import css from './sets.module.css';

/** A state as a dot and its word; with `count`, how many samples are in it. */
export function StateMark({ state, count }: { readonly state: AnnotationState; readonly count?: number }) {
  const { t } = useTranslation();
  return (
    <span className={css.mark}>
      <span className={css.dot} data-state={state} aria-hidden />
      {count === undefined ? t(`annotate.states.${state}`) : `${whole(count)} ${t(`annotate.states.${state}`)}`}
    </span>
  );
}
