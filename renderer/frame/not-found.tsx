import { Button } from '@mantine/core';
import { Compass } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../parts/empty-state.tsx';

/** For an address that leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  return (
    <EmptyState
      icon={Compass}
      title={t('frame.notFound.title')}
      text={t('frame.notFound.text')}
      action={
        <Button component="a" href="#/" variant="default">
          {t('frame.notFound.action')}
        </Button>
      }
    />
  );
}
