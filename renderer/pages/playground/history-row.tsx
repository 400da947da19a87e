import { ActionIcon, Tooltip } from '@mantine/core';
import { Presentation, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { Ago } from '../../parts/ago.tsx';
import type { OneStop } from '../../parts/one-stop.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './playground.module.css';

type HistoryRowProps = {
  readonly asked: Calls<AppContract>['playground.list']['output'][number];
  readonly shown: boolean;
  readonly canDemo: boolean;
  readonly stop: ReturnType<OneStop['row']>;
  readonly beside: ReturnType<OneStop['beside']>;
  readonly onShow: () => void;
  readonly onDemo: () => void;
  readonly onRemove: () => void;
};

/** A question of before, and what can be done with it. */
export function HistoryRow({ asked: { at, question, answer }, shown, canDemo, stop, beside, onShow, onDemo, onRemove }: HistoryRowProps) {
  const { t } = useTranslation();
  return (
    <div className={css.asking} data-shown={shown || undefined}>
      <button type="button" {...stop} className={css.askingWords} aria-current={shown || undefined} aria-keyshortcuts="ArrowRight Delete" onClick={onShow}>
        <span className={css.cut} dir="auto">{visibleText(question.slice(0, 120))}</span>
        <span className={css.askingAnswer}>
          <span className={css.cut} dir="auto">{answer === null ? t('playground.history.noAnswer') : visibleText(answer.slice(0, 120))}</span>
          <Ago time={at} />
        </span>
      </button>
      <Tooltip label={t('playground.history.demo')} events={{ hover: true, focus: true, touch: false }}>
        <ActionIcon {...beside} variant="subtle" color="gray" size="sm" disabled={!canDemo} onClick={onDemo} aria-label={t('playground.history.demo')}>
          <Presentation size={14} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t('playground.history.remove')} events={{ hover: true, focus: true, touch: false }}>
        <ActionIcon {...beside} variant="subtle" color="gray" size="sm" onClick={onRemove} aria-label={t('playground.history.remove')}>
          <X size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
