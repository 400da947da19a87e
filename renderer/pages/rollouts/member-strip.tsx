import { useTranslation } from 'react-i18next';
import type { Group } from './groups.ts';
import css from './rollouts.module.css';
import { advantageColour, plain, signed } from './scale.ts';

type MemberStripProps = { readonly group: Pick<Group, 'members'> & { readonly wanted?: ReadonlySet<number> }; readonly range: readonly [number, number]; readonly shown: readonly number[]; readonly onToggle: (member: number) => void };

/** The members of a group by their rewards; each opens and closes its lane. */
export function MemberStrip({ group: { members, wanted }, range: [low, high], shown, onToggle }: MemberStripProps) {
  const { t } = useTranslation();
  return (
    <div className={css.strip} role="group" aria-label={t('rollouts.members')}>
      {members.map(({ member, reward, advantage, toolError, truncated, invalid }, i) => {
        const words = [t('rollouts.lane', { number: member + 1, of: members.length }), reward === null ? t('rollouts.noReward') : t('rollouts.reward', { reward: plain(reward) }), t('rollouts.advantage', { advantage: signed(advantage) }), ...(toolError ? [t('rollouts.flag.toolError')] : []), ...(truncated ? [t('rollouts.flag.truncated')] : []), ...(invalid ? [t('rollouts.flag.invalid')] : [])];
        return (
          <button key={member} type="button" className={css.member} aria-pressed={shown.includes(member)} title={words.join(' · ')} data-faint={(wanted && !wanted.has(member)) || undefined} onClick={() => onToggle(member)}>
            <span className={css.memberBar} aria-hidden>
              {reward !== null && <span style={{ height: `${Math.max(6, ((reward - low) / (high - low)) * 100)}%`, background: advantageColour(advantage) }} />}
            </span>
            <span className={css.memberNumber}>{i + 1}</span>
            <span className={css.memberReward}>{reward === null ? '–' : plain(reward)}</span>
          </button>
        );
      })}
    </div>
  );
}
