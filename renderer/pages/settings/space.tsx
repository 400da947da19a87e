import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { bytes, whole } from '../../parts/numbers.ts';
import { useTried } from '../../parts/tried.ts';
import { Section } from './section.tsx';
import { UnusedImages } from './unused-images.tsx';
import css from './settings.module.css';

type Freeable = 'bin' | 'thumbnails' | 'quantized' | 'cuda';

/** What lies on the disk, and what of it can be had again. */
export function Space({ home }: { readonly home: string }) {
  const { t } = useTranslation();
  const { data } = useEngine('settings.storage', undefined);
  const [asking, setAsking] = useState(false);
  const [looking, setLooking] = useState(false);
  const tried = useTried();
  const free = (kind: Freeable): Promise<void> =>
    tried(async () => {
      setAsking(false);
      const freed = await engine.call('settings.free', { kind });
      notifications.show({ message: t('settings.storage.freed', { bytes: bytes(freed.bytes) }) });
    }, `settings.free ${kind}`);
  const rows = (data ?? []).filter((row) => row.files > 0);
  const largest = Math.max(1, ...rows.map((row) => row.bytes));
  return (
    <Section id="storage" title={t('settings.storage.title')} help={t('settings.storage.help', { home })}>
      {!data && <p className={css.help}>{t('settings.storage.adding')}</p>}
      {rows.map((row) => (
        <div key={row.kind} className={css.row}>
          <span>
            {t(`settings.storage.kinds.${row.kind as 'runs'}`)}
            {row.freeable && <div className={css.detail}>{t(`settings.storage.freeHelp.${row.kind as Freeable}`)}</div>}
          </span>
          <Group gap="sm" wrap="nowrap">
            <div style={{ flex: 1 }}>
              <div className={css.bar} style={{ width: `${(100 * row.bytes) / largest}%` }} />
            </div>
            <Text size="sm" w={72} ta="right">
              {bytes(row.bytes)}
            </Text>
            <Files count={row.files} />
          </Group>
          <div>
            {row.freeable && (
              <Button size="compact-xs" variant="default" aria-label={`${t('settings.storage.free')}${t('frame.marks.colon')}${t(`settings.storage.kinds.${row.kind as 'runs'}`)}`} onClick={() => (row.kind === 'bin' ? setAsking(true) : void free(row.kind as Freeable))}>
                {t('settings.storage.free')}
              </Button>
            )}
            {row.kind === 'images' && (
              <Button size="compact-xs" variant="default" onClick={() => setLooking(true)}>
                {t('settings.unused.look')}
              </Button>
            )}
          </div>
        </div>
      ))}
      {looking && <UnusedImages onClose={() => setLooking(false)} />}
      {data && (
        <div className={css.row}>
          <Text size="sm" fw={600}>
            {t('settings.storage.total')}
          </Text>
          <Group gap="sm" wrap="nowrap" justify="flex-end">
            <Text size="sm" fw={600} w={72} ta="right">
              {bytes(rows.reduce((sum, row) => sum + row.bytes, 0))}
            </Text>
            <Files count={rows.reduce((sum, row) => sum + row.files, 0)} />
          </Group>
        </div>
      )}
      {asking && (
        <Dialog onClose={() => setAsking(false)} title={t('settings.storage.confirmBin')}>
          <Text mb="lg">{t('settings.storage.freeHelp.bin')}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              {t('settings.storage.cancel')}
            </Button>
            <Button color="red" onClick={() => void free('bin')}>
              {t('settings.storage.confirm')}
            </Button>
          </Group>
        </Dialog>
      )}
    </Section>
  );
}

function Files({ count }: { readonly count: number }) {
  const { t } = useTranslation();
  return (
    <Text size="sm" className="faint" w={96} ta="right">
      {t('settings.storage.files', { count, files: whole(count) })}
    </Text>
  );
}

/** What was deleted, and the way back. */
export function BinList() {
  const { t } = useTranslation();
  const { data } = useEngine('settings.bin', undefined);
  const tried = useTried();
  const restore = (id: number): Promise<void> =>
    tried(async () => {
      const { name } = await engine.call('settings.restore', { id });
      notifications.show({ message: t('settings.bin.restored', { name }) });
    }, 'settings.restore');
  return (
    <Section id="bin" title={t('settings.bin.title')} {...(data?.length === 0 && { help: t('settings.bin.empty') })}>
      {data?.map(({ id, kind, name, removedAt, samples }) => (
        <div key={id} className={css.row}>
          <span>{t(`settings.bin.kinds.${kind}`)}</span>
          <span className="foreign">
            {name}
            {samples > 0 && <span className={css.detail}> {t('settings.bin.samples', { count: samples })}</span>}
            <span className={css.detail}> · {new Date(removedAt).toLocaleString()}</span>
          </span>
          <Button size="compact-xs" variant="default" aria-label={`${t('settings.bin.restore')}${t('frame.marks.colon')}${name}`} onClick={() => void restore(id)}>
            {t('settings.bin.restore')}
          </Button>
        </div>
      ))}
    </Section>
  );
}
