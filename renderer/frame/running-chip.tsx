import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Square } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { rewardFigure } from '../charts/figures.ts';
import { useEngine } from '../connection/hooks.ts';
import { useRunActions } from '../pages/train/actions.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { duration } from '../parts/numbers.ts';
import { visibleText } from '../parts/turns/visible.ts';
import css from './frame.module.css';

/** The run at work, on every page: how far it is, and a way to stop it. */
export function RunningChip() {
  const { t } = useTranslation();
  const [asked, ask] = useDisclosure(false);
  const actions = useRunActions();
  const { data } = useEngine('app.status', undefined, { refetchMs: 3000 });
  const [working] = data?.working ?? [];
  if (!working) return null;
  const { run, step, steps, reward, secondsLeft } = working;
  const words = [run, t('frame.chip.step', { step, steps }), ...(reward === null ? [] : [t('frame.chip.reward', { reward: rewardFigure(reward) })]), ...(secondsLeft === null || secondsLeft < 1 ? [] : [t('frame.chip.left', { time: duration(secondsLeft) })])];
  return (
    <div className={css.chip} role="status">
      <a href={`#/train/${encodeURIComponent(run)}`}>{visibleText(words.join(' · '))}</a>
      <ActionIcon variant="subtle" color="red" radius="xl" aria-label={t('frame.chip.stop')} title={t('frame.chip.stop')} onClick={ask.open}>
        <Square size={12} fill="currentColor" />
      </ActionIcon>
      {asked && (
        <Dialog onClose={ask.close} title={t('frame.chip.stopTitle', { run })}>
          <Text mb="lg">{t('frame.chip.stopText')}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={ask.close}>
              {t('frame.chip.cancel')}
            </Button>
            <Button color="red" data-autofocus onClick={() => { ask.close(); void actions.stop(run, false); }}>
              {t('frame.chip.confirm')}
            </Button>
          </Group>
        </Dialog>
      )}
    </div>
  );
}
