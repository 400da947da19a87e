import { Tabs } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import css from './train.module.css';

type Tab = 'configure' | 'current' | 'history';

/** Configure, watch, look back. */
export function TrainTabs({ tab }: { readonly tab: Tab }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const go = (to: string | null): void => void navigate(to === 'configure' ? { to: '/train/-/new' } : { to: '/train', search: { tab: to ?? 'history' } });
  return (
    <Tabs value={tab} onChange={go} className={css.tabs} activateTabWithKeyboard={false}>
      <Tabs.List>
        {(['configure', 'current', 'history'] as const).map((each) => (
          <Tabs.Tab key={each} value={each}>
            {t(`train.tabs.${each}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
    </Tabs>
  );
}
