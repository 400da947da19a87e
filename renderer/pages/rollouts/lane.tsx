import { ActionIcon, Skeleton, Tooltip } from '@mantine/core';
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useEndingWords } from '../../parts/turns/ending-note.tsx';
import { TrajectoryTurns } from '../../parts/turns/trajectory-turns.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import type { Colouring } from './address.ts';
import type { Row } from './groups.ts';
import css from './rollouts.module.css';
import type { Whole } from './sample-header.tsx';
import { advantageGround, plain, signed } from './scale.ts';
import { useTokenViews } from './token-view.tsx';

/** Of the run: whether it learns from episodes that were cut off, whether it measures KL. */
export type About = Pick<Calls<AppContract>['rollouts.steps']['output'], 'maskTruncated' | 'measuresKl'>;

type LaneProps = {
  readonly run: string;
  readonly row: Row;
  /** Members of the group. */
  readonly of: number;
  readonly colouring: Colouring | undefined;
  readonly about: About;
  /** Beside the name, such as the step. */
  readonly lead?: ReactNode;
  readonly onClose?: (() => void) | undefined;
};

/** One trajectory, from what it earned to its last turn. */
export function Lane({ run, row, of, colouring, about: { maskTruncated, measuresKl }, lead, onClose }: LaneProps) {
  const { t } = useTranslation();
  const { step, group, member, reward, advantage } = row;
  const place = { run, step, group, member };
  const { data, error, refetch } = useEngine('rollouts.trajectory', place);
  const learnt = whyNotLearnt(row, maskTruncated);
  const missing = data && whyText(data, colouring, measuresKl);
  const instead = useTokenViews(place, { enabled: colouring !== undefined && data !== undefined && missing === undefined, colouring: colouring ?? 'mask', advantage, learnt: learnt === undefined });
  return (
    <article className={css.lane} aria-label={t('rollouts.lane', { number: member + 1, of })}>
      <div className={css.laneHead}>
        <div className={css.laneTop}>
          {lead}
          <span className={css.laneName}>{t('rollouts.lane', { number: member + 1, of })}</span>
          <span className={css.reward} title={t('rollouts.rewardHelp')}>
            {reward === null ? t('rollouts.noReward') : t('rollouts.reward', { reward: plain(reward) })}
          </span>
          <span className={css.advantage} style={{ background: advantageGround(advantage) }} title={t('rollouts.advantageHelp')}>
            {t('rollouts.advantage', { advantage: signed(advantage) })}
          </span>
          {onClose && (
            <ActionIcon size="sm" variant="subtle" color="gray" ml="auto" aria-label={t('rollouts.closeLane', { number: member + 1 })} title={t('rollouts.closeLane', { number: member + 1 })} onClick={onClose}>
              <X size={14} />
            </ActionIcon>
          )}
        </div>
        <div className={css.parts}>{data ? <Parts whole={data} /> : <Skeleton height={14} w={160} />}</div>
        {learnt !== undefined && <div className={css.notLearnt}>{t(`rollouts.notLearnt.${learnt}`)}</div>}
      </div>
      <div className={css.laneBody}>
        {error && <FaultNote error={error} onRetry={() => void refetch()} />}
        {!data && !error && [44, 120, 80].map((height) => <Skeleton key={height} height={height} mb="sm" />)}
        {missing !== undefined && <p className="faint">{t(`rollouts.${missing}`)}</p>}
        {data && <TrajectoryTurns trajectory={data.trajectory} images={data.asked?.images ?? []} gold={data.asked?.answers} score={data.score} {...(instead && { instead })} />}
      </div>
    </article>
  );
}

/** What the reward is made of, and how the episode ended. */
function Parts({ whole: { reward, trajectory } }: { readonly whole: Whole }) {
  const { t } = useTranslation();
  const ending = useEndingWords()(trajectory.ending);
  return (
    <>
      {reward?.parts.map(({ name, value, weight, detail }) => (
        <Tooltip key={name} label={t('rollouts.part', { value: plain(value, 3), weight: plain(weight), earned: plain(value * weight, 3) }) + (detail === undefined ? '' : ` · ${visibleText(detail).slice(0, 300)}`)}>
          <span className={css.part} tabIndex={0}>
            {visibleText(name)} <b>{plain(value)}</b>
            {weight !== 1 && <span className="faint"> × {plain(weight)}</span>}
          </span>
        </Tooltip>
      ))}
      <span className={css.endingWord}>{trajectory.ending.kind === 'answered' ? ending : t(`rollouts.ended.${trajectory.ending.kind}`)}</span>
    </>
  );
}

/** Why text is shown though tokens are asked for; undefined where they can be shown as asked. */
function whyText({ hasTokens, hasKl }: Whole, colouring: Colouring | undefined, measuresKl: boolean): 'noTokens' | 'noReference' | 'noKl' | undefined {
  if (colouring === undefined) return undefined;
  if (!hasTokens) return 'noTokens';
  if (colouring !== 'kl' || hasKl) return undefined;
  return measuresKl ? 'noKl' : 'noReference';
}

/** Why nothing is learnt from an episode; undefined where something is. */
export function whyNotLearnt({ invalid, truncated, zeroSpread }: Row, maskTruncated: boolean): 'invalid' | 'truncated' | 'zeroSpread' | undefined {
  if (invalid) return 'invalid';
  if (truncated && maskTruncated) return 'truncated';
  return zeroSpread ? 'zeroSpread' : undefined;
}
