import { Group, Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { percent, rewardFigure } from '../../../charts/figures.ts';
import { Ago } from '../../../parts/ago.tsx';
import { duration, tookText } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import css from '../train.module.css';
import type { RunData } from './curves.tsx';

/** How far a run is, how good, and since when. */
export function RunFacts({ data: { row, secondsLeft } }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const { name, title, status, step, steps, reward, bestF1, bestStep, startedAt, endedAt } = row;
  const took = tookText(startedAt, endedAt);
  return (
    <Group gap="2px 16px" className={css.facts}>
      {title !== name && <span className="foreign">{visibleText(name)}</span>}
      <span>
        {t('train.facts.step', { step, steps })}
        <Progress value={(100 * step) / Math.max(1, steps)} size={4} w={96} ml={8} aria-label={t('train.facts.step', { step, steps })} style={{ display: 'inline-block', verticalAlign: 'middle' }} />
      </span>
      {reward !== null && <span>{t('train.facts.reward', { reward: rewardFigure(reward) })}</span>}
      {bestF1 !== null && <span>{t('train.facts.best', { f1: percent(bestF1), step: bestStep ?? 0 })}</span>}
      {secondsLeft !== null && secondsLeft >= 1 && status === 'running' && <span>{t('train.facts.left', { time: duration(secondsLeft) })}</span>}
      {startedAt !== null && (
        <span>
          {t('train.facts.started')} <Ago time={startedAt} />
        </span>
      )}
      {took !== null && <span>{t('train.facts.took', { time: took })}</span>}
    </Group>
  );
}
