import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import css from './settings.module.css';

/** One subject of the settings, with a heading that the address can name. */
export function Section({ id, title, help, aside, children }: { readonly id: string; readonly title: string; readonly help?: string; readonly aside?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className={css.section} aria-labelledby={`settings-${id}`}>
      <div className={css.head}>
        <Title order={2} id={`settings-${id}`}>
          {title}
        </Title>
        {aside}
      </div>
      {help !== undefined && <p className={css.help}>{help}</p>}
      {children}
    </section>
  );
}
