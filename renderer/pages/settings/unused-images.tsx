import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes, whole } from '../../parts/numbers.ts';
import { useTried } from '../../parts/tried.ts';
import css from './settings.module.css';

/** Looks for pictures that nothing names any more, tells what they take, and removes them when that is wished. */
export function UnusedImages({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  // It is looked anew each time: what was found before may be in use by now.
  const { data, error, isFetching } = useEngine('settings.unusedImages', undefined);
  const tried = useTried();
  const remove = (missingToo: boolean): Promise<void> =>
    tried(async () => {
      onClose();
      const removed = await engine.call('settings.removeUnusedImages', { missingToo });
      notifications.show({ message: t('settings.storage.freed', { bytes: bytes(removed.bytes) }) });
    }, 'settings.removeUnusedImages');
  const found = isFetching ? undefined : data;
  const missing = found?.missing ?? [];
  return (
    <Dialog onClose={onClose} title={t('settings.unused.title')}>
      {isFetching && <Text role="status">{t('settings.unused.looking')}</Text>}
      {!isFetching && error && <FaultNote error={error} />}
      {found && (
        <>
          <Text mb="xs" role="status">
            {found.files === 0 ? t('settings.unused.none') : t('settings.unused.found', { count: found.files, files: whole(found.files), bytes: bytes(found.bytes) })}
          </Text>
          {found.recent.files > 0 && (
            <Text mb="xs" size="sm">
              {t('settings.unused.recent', { count: found.recent.files, files: whole(found.recent.files), bytes: bytes(found.recent.bytes) })}
            </Text>
          )}
          <Text mb="xs" size="sm">
            {t('settings.unused.elsewhere')}
          </Text>
          {missing.length > 0 && (
            <>
              <Text size="sm">{t('settings.unused.missing')}</Text>
              <ul className={css.places}>
                {missing.map((place) => (
                  <li key={place} className={`${css.detail} foreign`}>
                    {place}
                  </li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t(found && found.files > 0 ? 'settings.unused.keep' : 'frame.shortcuts.close')}
        </Button>
        {found && found.files > 0 && (
          <Button color="red" onClick={() => void remove(missing.length > 0)}>
            {t(missing.length > 0 ? 'settings.unused.removeAll' : 'settings.unused.remove')}
          </Button>
        )}
      </Group>
    </Dialog>
  );
}
