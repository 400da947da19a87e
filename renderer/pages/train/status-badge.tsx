import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import css from './train.module.css';

type Status = 'running' | 'stopped' | 'finished' | 'failed' | 'interrupted';

/** What a run does, in a word with its colour. */
export function StatusBadge({ status }: { readonly status: Status }) {
  const { t } = useTranslation();
  return (
    <Badge variant="default" className={css.status} data-status={status} tt="none" fw={500}>
      {t(`train.status.${status}`)}
    </Badge>
  );
}
