import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Colouring } from './address.ts';

/** Trajectories as text, or as tokens in one of their colourings. */
export function DrawAs({ tokens, onChange }: { readonly tokens: Colouring | undefined; readonly onChange: (tokens: Colouring | undefined) => void }) {
  const { t } = useTranslation();
  return (
    <SegmentedControl
      size="xs"
      aria-label={t('rollouts.drawAs')}
      value={tokens ?? 'text'}
      onChange={(value) => onChange(value === 'text' ? undefined : (value as Colouring))}
      data={[{ value: 'text', label: t('rollouts.as.text') }, { value: 'logprob', label: t('rollouts.as.logprob') }, { value: 'advantage', label: t('rollouts.as.advantage') }, { value: 'mask', label: t('rollouts.as.mask') }]}
    />
  );
}
