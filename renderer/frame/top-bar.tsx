import { Button, Kbd, Text } from '@mantine/core';
import { spotlight } from '@mantine/spotlight';
import { useLocation } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { visibleText } from '../parts/turns/visible.ts';
import css from './frame.module.css';
import { findKeys } from './keys.ts';
import { parts } from './navigation.ts';
import { RunningChip } from './running-chip.tsx';

/** Parts of addresses, behind /-/, that are no names of things. */
const places = { new: true, import: true, compare: true } as const;

export function TopBar() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const [first = '', ...rest] = pathname.split('/').filter(Boolean).map(decodeURIComponent);
  const part = parts.find(({ path }) => path === `/${first}`);
  const trail = [...(part ? [t(`frame.nav.${part.name}`)] : []), ...(rest[0] === '-' ? rest.slice(1).map((each) => (each in places ? t(`frame.place.${each as keyof typeof places}`) : each)) : rest)];
  return (
    <header className={css.top}>
      <Text fw={600} truncate style={{ flexShrink: 1, minWidth: 80 }}>
        {visibleText(trail.join(' › '))}
      </Text>
      <div style={{ flex: 1 }} />
      <RunningChip />
      <Button variant="default" size="compact-md" fw={400} leftSection={<Search size={14} aria-hidden />} rightSection={<Kbd size="xs">{findKeys}</Kbd>} onClick={spotlight.open} style={{ flexShrink: 0 }}>
        {t('frame.find')}
      </Button>
    </header>
  );
}
