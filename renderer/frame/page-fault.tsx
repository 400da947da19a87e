import { Box, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FaultNote } from '../parts/fault-note.tsx';

/** In place of a page that failed; the rest of the window goes on. */
export function PageFault({ error, reset }: { readonly error: unknown; readonly reset: () => void }) {
  const { t } = useTranslation();
  return (
    <Box p="xl" maw={720}>
      <Title order={1} mb="md">
        {t('frame.fault.page')}
      </Title>
      <FaultNote error={error} onRetry={reset} />
    </Box>
  );
}
