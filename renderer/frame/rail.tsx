import { ActionIcon } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import { PanelLeftClose, PanelLeftOpen } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './frame.module.css';
import { parts } from './navigation.ts';

export function Rail() {
  const { t } = useTranslation();
  const narrow = useMediaQuery('(max-width: 800px)', undefined, { getInitialValueInEffect: false });
  const [chosen, choose] = useLocalStorage<boolean | undefined>({ key: 'arft-rail-folded', getInitialValueInEffect: false });
  const folded = chosen ?? narrow;
  const label = t(folded ? 'frame.nav.expand' : 'frame.nav.collapse');
  return (
    <nav className={css.rail} aria-label={t('frame.nav.label')} data-folded={folded || undefined}>
      <div className={css.brand}>
        <img src="./icon.svg" alt="" width={24} height={24} />
        {!folded && 'ARFT Studio'}
      </div>
      {parts.map(({ name, path, icon: Icon }) => (
        <Link key={name} to={path} className={css.link} activeOptions={{ exact: path === '/' }} aria-label={t(`frame.nav.${name}`)} title={folded ? t(`frame.nav.${name}`) : undefined}>
          <Icon size={18} aria-hidden />
          {!folded && t(`frame.nav.${name}`)}
        </Link>
      ))}
      <ActionIcon variant="subtle" color="gray" mt="auto" aria-label={label} title={label} onClick={() => choose(!folded)}>
        {folded ? <PanelLeftOpen size={18} /> : <PanelLeftClose size={18} />}
      </ActionIcon>
    </nav>
  );
}
