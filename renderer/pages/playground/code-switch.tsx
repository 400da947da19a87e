import { Anchor, Switch, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import type { Setup } from './setup.ts';

type CodeSwitchProps = { readonly setup: Setup; readonly change: (change: Partial<Setup>) => void };

/** Whether the agent's Python may run; where this machine cannot run it, what to do about that. */
export function CodeSwitch({ setup: { code, direct }, change }: CodeSwitchProps) {
  const { t } = useTranslation();
  const sandbox = useEngine('app.machine', {}).data?.find(({ id }) => id === 'sandbox');
  return (
    <div>
      <Switch label={t('playground.setup.code')} checked={code && !direct} disabled={direct} onChange={({ currentTarget: { checked } }) => change({ code: checked })} />
      {code && !direct && sandbox !== undefined && sandbox.status !== 'ok' && (
        <Text size="xs" className="faint" mt={4}>
          {t('playground.setup.noCode')}{' '}
          <Anchor href="#/settings" size="xs" underline="always">
            {t('playground.setup.openSettings')}
          </Anchor>
        </Text>
      )}
    </div>
  );
}
