import { SegmentedControl, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Colouring } from './address.ts';
import css from './rollouts.module.css';

/** Trajectories as text, or as tokens in one of their colourings; not by KL where the run does not measure it. */
export function DrawAs({ tokens, measuresKl, onChange }: { readonly tokens: Colouring | undefined; readonly measuresKl: boolean; readonly onChange: (tokens: Colouring | undefined) => void }) {
  const { t } = useTranslation();
  const why = t('rollouts.noReference');
  const withWhy = (
    <Tooltip label={why} multiline w={300}>
      <span className={css.withoutKl}>
        {t('rollouts.as.kl')}
        <span className={css.hidden}>. {why}</span>
      </span>
    </Tooltip>
  );
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('rollouts.drawAs')}
      value={tokens ?? 'text'}
      onChange={(value) => onChange(value === 'text' ? undefined : (value as Colouring))}
      data={[
        { value: 'text', label: t('rollouts.as.text') },
        { value: 'logprob', label: t('rollouts.as.logprob') },
        { value: 'advantage', label: t('rollouts.as.advantage') },
        { value: 'kl', label: measuresKl ? t('rollouts.as.kl') : withWhy, disabled: !measuresKl },
        { value: 'mask', label: t('rollouts.as.mask') },
      ]}
    />
  );
}
