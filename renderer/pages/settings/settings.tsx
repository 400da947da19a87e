import { Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { Help } from './help.tsx';
import { Look } from './look.tsx';
import { Machine } from './machine.tsx';
import { Searching } from './searching.tsx';
import { Section } from './section.tsx';
import css from './settings.module.css';
import { BinList, Space } from './space.tsx';

export function Settings() {
  const { t } = useTranslation();
  const { data: info } = useEngine('app.info', undefined);
  return (
    <div className={css.page}>
      <Title order={1}>{t('settings.title')}</Title>
      <Look />
      <Machine />
      <Searching />
      <Space home={info?.home ?? ''} />
      <BinList />
      <Help />
      <Section id="about" title={t('settings.about.title')}>
        <p className={css.help}>{info && t('settings.about.text', { version: info.version, process: info.process, platform: info.platform })}</p>
      </Section>
    </div>
  );
}
