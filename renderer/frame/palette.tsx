import { Kbd, useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { Keyboard, Languages, Moon, Sun, SunMoon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../i18n/i18n.ts';
import { parts } from './navigation.ts';
import { showShortcuts } from './shortcuts.tsx';

/** Every page and action by its name: Ctrl or ⌘ and K. */
export function Palette() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  const actions: SpotlightActionGroupData[] = [
    { group: t('frame.palette.goTo'), actions: parts.map(({ name, path, icon: Icon, key }) => ({ id: name, label: t(`frame.nav.${name}`), leftSection: <Icon size={18} />, rightSection: <Kbd size="xs">{`g ${key}`}</Kbd>, onClick: () => void navigate({ to: path }) })) },
    {
      group: t('frame.palette.actions'),
      actions: [
        { id: 'light', label: t('frame.palette.light'), leftSection: <Sun size={18} />, onClick: () => setColorScheme('light') },
        { id: 'dark', label: t('frame.palette.dark'), leftSection: <Moon size={18} />, onClick: () => setColorScheme('dark') },
        { id: 'auto', label: t('frame.palette.auto'), leftSection: <SunMoon size={18} />, onClick: () => setColorScheme('auto') },
        { id: 'language', label: other === 'zh' ? '中文' : 'English', leftSection: <Languages size={18} />, onClick: () => chooseLanguage(other) },
        { id: 'keys', label: t('frame.palette.shortcuts'), leftSection: <Keyboard size={18} />, rightSection: <Kbd size="xs">?</Kbd>, onClick: showShortcuts },
      ],
    },
  ];
  return <Spotlight actions={actions} nothingFound={t('frame.palette.nothing')} highlightQuery searchProps={{ placeholder: t('frame.palette.title'), 'aria-label': t('frame.palette.title') }} shortcut={['mod + K']} />;
}
