import { Alert, Button, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '../../preload/rpc/connect.ts';
import { engineFault, errorWords } from '../i18n/engine-words.ts';
import css from './fault-note.module.css';

/** What went wrong, in the engine's words or their Chinese: the thing, what was expected, what was found, what to do. */
export function FaultNote({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { t } = useTranslation();
  const details = error instanceof EngineError && error.details ? engineFault(error.details) : undefined;
  const internal = error instanceof EngineError && error.code === 'INTERNAL';
  return (
    <Alert variant="default" className={css.note} icon={<TriangleAlert size={18} />} title={details?.thing ?? t('frame.fault.title')} role="alert" styles={{ label: { overflowWrap: 'anywhere' } }}>
      {details ? (
        <>
          <Text size="sm" className="foreign">{`${t('frame.fault.expected')}${t('frame.marks.colon')}${details.expected}`}</Text>
          <Text size="sm" className="foreign">{`${t('frame.fault.found')}${t('frame.marks.colon')}${details.found}`}</Text>
          <Text size="sm" fw={600} mt={4} className="foreign">
            {details.remedy}
          </Text>
        </>
      ) : (
        <Text size="sm" className="foreign">
          {internal ? `${t('frame.fault.internal')} ${error.message}` : errorWords(error)}
        </Text>
      )}
      {onRetry && (
        <Button size="compact-sm" variant="default" mt="sm" onClick={onRetry}>
          {t('frame.fault.retry')}
        </Button>
      )}
    </Alert>
  );
}
