import { OctagonX, Scissors } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Ending } from '../../../main/records/trajectory.ts';
import { engineWords } from '../../i18n/engine-words.ts';
import { duration, whole } from '../numbers.ts';
import { ForeignText } from './foreign-text.tsx';
import css from './turns.module.css';

/** How an episode ended, where it did not end with an answer: an answer speaks for itself. */
export function EndingNote({ ending }: { readonly ending: Ending }) {
  const words = useEndingWords();
  if (ending.kind === 'answered') return null;
  const Icon = ending.kind === 'invalid' ? OctagonX : Scissors;
  return (
    <div className={css.ending} data-kind={ending.kind}>
      <Icon size={15} aria-hidden />
      <div>
        {words(ending)}
        {ending.kind === 'invalid' && <ForeignText text={engineWords(ending.reason)} mono className={css.failure} />}
      </div>
    </div>
  );
}

export function useEndingWords(): (ending: Ending) => string {
  const { t } = useTranslation();
  return (ending) => {
    switch (ending.kind) {
      case 'answered':
        return t('turns.ending.answered');
      case 'stepLimit':
        return t('turns.ending.stepLimit', { count: ending.steps });
      case 'tokenLimit':
        return t('turns.ending.tokenLimit', { tokens: whole(ending.tokens) });
      case 'timeLimit':
        return t('turns.ending.timeLimit', { time: duration(ending.ms / 1000) });
      case 'invalid':
        return t('turns.ending.invalid', { where: t(`turns.where.${ending.where}`) });
    }
  };
}
