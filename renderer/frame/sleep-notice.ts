import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../connection/hooks.ts';
import { duration } from '../parts/numbers.ts';

/** Says once that the machine slept while this window was open, and what became of the work. */
export function useSleepNotice(): void {
  const { t } = useTranslation();
  const { data } = useEngine('app.status', undefined);
  const [opened] = useState(() => Date.now());
  const slept = data?.slept;
  const until = slept?.until;
  useEffect(() => {
    if (slept && Date.parse(slept.until) > opened) notifications.show({ id: `slept ${slept.until}`, message: t('frame.slept', { time: duration(slept.seconds) }), autoClose: false });
    // Once for each time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [until]);
}
