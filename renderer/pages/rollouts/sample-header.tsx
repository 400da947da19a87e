import { Button } from '@mantine/core';
import { History } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { AskLink } from '../../parts/ask-link.tsx';
import { ImageFigure } from '../../parts/image-figure.tsx';
import { ForeignText } from '../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './rollouts.module.css';

export type Whole = Calls<AppContract>['rollouts.trajectory']['output'];

type SampleHeaderProps = { readonly sample: string; readonly asked: Whole['asked'] | undefined; readonly following: boolean; readonly onFollow: () => void };

/** What was asked: the question with its images, and the answers that count as right. */
export function SampleHeader({ sample, asked, following, onFollow }: SampleHeaderProps) {
  const { t } = useTranslation();
  return (
    <header className={css.sample}>
      <div className={css.images}>
        {asked?.images.slice(0, 4).map((reference, i) => <ImageFigure key={reference + i} reference={reference} name={t('rollouts.image', { number: i + 1 })} side={88} />)}
        {asked === undefined && <div className={css.imagePlace} />}
      </div>
      <div className={css.asked}>
        <div className={css.about}>
          <bdi>{visibleText(sample)}</bdi>
          {asked && <span>{t(`rollouts.task.${asked.task}`)}</span>}
          {asked && asked.question !== '' && !asked.step && <AskLink asked={asked} />}
        </div>
        {asked && <ForeignText text={asked.question === '' ? t('rollouts.noQuestion') : asked.question} className={css.question} lines={6} characters={700} />}
        {asked === null && <p className="faint">{t('rollouts.notAsked')}</p>}
        {asked && (
          <div className={css.golds}>
            <span className="faint">{t('turns.gold')}</span>
            {asked.answers.length === 0 ? <span className="faint">{t('rollouts.noGold')}</span> : asked.answers.slice(0, 6).map((answer, i) => <ForeignText key={i} text={answer} characters={200} lines={2} className={css.goldAnswer} />)}
          </div>
        )}
        {asked?.step && (
          <details className={css.chain}>
            <summary>{t('rollouts.chainStep', { kind: t(`rollouts.chainKind.${chainKind(asked.step.kind)}`) })}</summary>
            <div className={css.chainLabel}>{t('rollouts.chainSoFar')}</div>
            <ForeignText text={asked.step.context} mono />
            <div className={css.chainLabel}>{t('rollouts.chainSolution')}</div>
            <ForeignText text={asked.step.solution} mono />
          </details>
        )}
      </div>
      <Button size="xs" variant={following ? 'light' : 'default'} leftSection={<History size={14} aria-hidden />} aria-pressed={following} onClick={onFollow} style={{ flexShrink: 0 }}>
        {t('rollouts.follow')}
      </Button>
    </header>
  );
}

const chainKinds = ['problem', 'code', 'search', 'answer'] as const;
const chainKind = (kind: string): (typeof chainKinds)[number] => chainKinds.find((each) => each === kind) ?? 'answer';
