import { ActionIcon, Anchor, CopyButton, Title } from '@mantine/core';
import { Check, ChevronLeft, Copy } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './models.module.css';

/** Name and place of a model or adapter, the way back, and what can be done with it. */
export function PageHead({ name, folder, tags, children }: { readonly name: string; readonly folder: string; readonly tags: readonly string[]; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <header>
      <Anchor href="#/models" size="sm" className={css.back}>
        <ChevronLeft size={14} aria-hidden />
        {t('models.title')}
      </Anchor>
      <div className={css.head}>
        <div className={css.named}>
          <div className={css.nameCell}>
            <Title order={1} className={`${css.title} foreign`}>
              {name}
            </Title>
            {tags.map((tag) => (
              <span key={tag} className={css.tag}>
                {tag}
              </span>
            ))}
          </div>
          <div className={css.place}>
            <span className={`${css.path} foreign`} title={folder}>
              {folder}
            </span>
            <CopyButton value={folder}>
              {({ copied, copy }) => (
                <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t(copied ? 'models.page.copied' : 'models.page.copyPath')} title={t(copied ? 'models.page.copied' : 'models.page.copyPath')}>
                  {copied ? <Check size={13} /> : <Copy size={13} />}
                </ActionIcon>
              )}
            </CopyButton>
          </div>
        </div>
        {children}
      </div>
    </header>
  );
}

/** Names and values. */
export function FactList({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
