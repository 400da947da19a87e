import { Anchor, Text, Title } from '@mantine/core';
import type { ComponentProps, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { Ago } from '../../parts/ago.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import { StatusBadge } from '../train/status-badge.tsx';
import css from './home.module.css';

/** The last runs and questions, once there are some. */
export function Recent() {
  const { t } = useTranslation();
  const { data: runs } = useEngine('runs.list', { limit: 5 });
  const { data: asked } = useEngine('playground.list', { limit: 5 });
  if (!runs?.rows.length && !asked?.length) return null;
  return (
    <div className={css.recent}>
      {runs !== undefined && runs.rows.length > 0 && (
        <section>
          <Title order={2} size="h3">
            {t('home.runs')}
          </Title>
          <div className={css.list}>
            {runs.rows.map(({ name, title, status, step, steps, startedAt }) => (
              <Row key={name} href={`#/train/${encodeURIComponent(name)}`} name={visibleText(title === name ? name : `${title} (${name})`)} time={startedAt}>
                <StatusBadge status={status} />
                <Text size="sm" className="faint" w={88} ta="right">
                  {t('home.step', { step, steps })}
                </Text>
              </Row>
            ))}
          </div>
        </section>
      )}
      {asked !== undefined && asked.length > 0 && (
        <section>
          <Title order={2} size="h3">
            {t('home.asked')}
          </Title>
          <div className={css.list}>
            {asked.map(({ id, at, question, answer }) => (
              <Row key={id} href={`#/playground?asked=${id}`} name={visibleText(question.slice(0, 120))} time={at}>
                <Text size="sm" className={`faint ${css.answer}`}>
                  {answer === null ? t('playground.history.noAnswer') : visibleText(answer.slice(0, 80))}
                </Text>
              </Row>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}

type RowProps = { readonly href: string; readonly name: string; readonly time: ComponentProps<typeof Ago>['time']; readonly children: ReactNode };

function Row({ href, name, time, children }: RowProps) {
  return (
    <div className={css.row}>
      <Anchor href={href} className={css.name}>
        {name}
      </Anchor>
      {children}
      <Text size="sm" className="faint" w={104} ta="right">
        <Ago time={time} />
      </Text>
    </div>
  );
}
