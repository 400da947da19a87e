import { notifications } from '@mantine/notifications';
import { useEffect } from 'react';
import { useEngine } from '../connection/hooks.ts';
import { engineWords } from '../i18n/engine-words.ts';

/** What the engine had to do to its database when it started, such as bringing back a copy; said once for each start. */
export function useStartNotes(): void {
  const { data } = useEngine('app.info', undefined);
  useEffect(() => {
    for (const note of data?.notes ?? []) notifications.show({ id: `${data?.process}: ${note}`, message: engineWords(note), autoClose: false });
  }, [data]);
}
