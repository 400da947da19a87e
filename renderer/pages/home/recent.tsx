import { Anchor, Text, Title } from '@mantine/core';
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
              <div key={name} className={css.row}>
                <Anchor href={`#/train/${encodeURIComponent(name)}`} className={css.name}>
                  {visibleText(title === name ? name : `${title} (${name})`)}
                </Anchor>
                <StatusBadge status={status} />
                <Text size="sm" className="faint" w={88} ta="right">
                  {t('home.step', { step, steps })}
                </Text>
                <Text size="sm" className="faint" w={104} ta="right">
                  <Ago time={startedAt} />
                </Text>
              </div>
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
              <div key={id} className={css.row}>
                <Anchor href={`#/playground?asked=${id}`} className={css.name}>
                  {visibleText(question.slice(0, 120))}
                </Anchor>
                <Text size="sm" className={`faint ${css.answer}`}>
                  {answer === null ? t('playground.history.noAnswer') : visibleText(answer.slice(0, 80))}
                </Text>
                <Text size="sm" className="faint" w={104} ta="right">
                  <Ago time={at} />
                </Text>
              </div>
            ))}
          </div>
        </section>
      )}
    </div>
  );
}
