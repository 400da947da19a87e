import { Kbd, useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionGroupData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { ClipboardCheck, Import, Keyboard, Languages, Moon, Play, Presentation, Sun, SunMoon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../i18n/i18n.ts';
import { parts } from './navigation.ts';
import { useThings } from './palette-things.tsx';
import { showShortcuts } from './shortcuts.tsx';

/** Rows at a time; what is typed narrows them down. */
const mostRows = 60;

/** Every page, action and thing by its name: Ctrl or ⌘ and K. */
export function Palette() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  const [opened, setOpened] = useState(false);
  const things = useThings(opened);
  const actions: SpotlightActionGroupData[] = [
    { group: t('frame.palette.goTo'), actions: parts.map(({ name, path, icon: Icon, key }) => ({ id: name, label: t(`frame.nav.${name}`), leftSection: <Icon size={18} />, rightSection: <Kbd size="xs">{`g ${key}`}</Kbd>, onClick: () => void navigate({ to: path }) })) },
    {
      group: t('frame.palette.actions'),
      actions: [
        { id: 'newRun', label: t('frame.palette.newRun'), leftSection: <Play size={18} />, onClick: () => void navigate({ to: '/train/-/new' }) },
        { id: 'importDataset', label: t('frame.palette.importDataset'), leftSection: <Import size={18} />, onClick: () => void navigate({ to: '/datasets', search: { import: true } }) },
        { id: 'newEvaluation', label: t('frame.palette.newEvaluation'), leftSection: <ClipboardCheck size={18} />, onClick: () => void navigate({ to: '/evaluate/-/new' }) },
        { id: 'demo', label: t('frame.palette.demo'), leftSection: <Presentation size={18} />, onClick: () => void navigate({ to: '/demo' }) },
        { id: 'light', label: t('frame.palette.light'), leftSection: <Sun size={18} />, onClick: () => setColorScheme('light') },
        { id: 'dark', label: t('frame.palette.dark'), leftSection: <Moon size={18} />, onClick: () => setColorScheme('dark') },
        { id: 'auto', label: t('frame.palette.auto'), leftSection: <SunMoon size={18} />, onClick: () => setColorScheme('auto') },
        { id: 'language', label: other === 'zh' ? '中文' : 'English', leftSection: <Languages size={18} />, onClick: () => chooseLanguage(other) },
        { id: 'keys', label: t('frame.palette.shortcuts'), leftSection: <Keyboard size={18} />, rightSection: <Kbd size="xs">?</Kbd>, onClick: showShortcuts },
      ],
    },
    ...things,
  ];
  return <Spotlight actions={actions} limit={mostRows} onSpotlightOpen={() => setOpened(true)} nothingFound={t('frame.palette.nothing')} highlightQuery searchProps={{ placeholder: t('frame.palette.title'), 'aria-label': t('frame.palette.title') }} shortcut={['mod + K']} />;
}
