import { Anchor, Button, Group, Skeleton, Table, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Ago } from '../../parts/ago.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes } from '../../parts/numbers.ts';
import { once } from '../../parts/once.ts';
import { modelPath } from './address.ts';
import css from './models.module.css';

type Copy = Calls<AppContract>['models.copies']['output'][number];

const nameIn = (folder: string): string => folder.split(/[/\\]/).at(-1) ?? folder;

/** Quantised copies in the data folder, all or those of one model. */
export function Copies({ of }: { readonly of?: string }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('models.copies', undefined);
  const [asking, setAsking] = useState<Copy>();
  const shown = data?.filter(({ folder }) => of === undefined || folder === of);
  return (
    <section className={css.section} aria-labelledby="models-copies">
      <Title order={2} id="models-copies">
        {t('models.copies.title')}
      </Title>
      <Text size="sm" className="faint" mt={4} mb={shown?.length === 0 ? 0 : 'xs'}>
        {t('models.copies.text')}
      </Text>
      {error && <FaultNote error={error} />}
      {!shown && !error && <Skeleton height={64} />}
      {shown?.length === 0 && (
        <Text size="sm" className="faint">
          {t('models.copies.none')}
        </Text>
      )}
      {shown && shown.length > 0 && (
        <Table verticalSpacing={6} horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              {of === undefined && <Table.Th>{t('models.copies.of')}</Table.Th>}
              <Table.Th>{t('models.copies.scheme')}</Table.Th>
              <Table.Th ta="right" w={112}>
                {t('models.copies.size')}
              </Table.Th>
              <Table.Th w={160}>{t('models.copies.used')}</Table.Th>
              <Table.Th w={112} aria-label={t('models.copies.remove')} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((copy) => (
              <Table.Tr key={copy.key}>
                {of === undefined && <Table.Td>{copy.folder === null ? <span className="faint">{t('models.copies.unknown')}</span> : <Anchor href={modelPath(copy.folder)} size="sm" title={copy.folder}><span className="foreign">{nameIn(copy.folder)}</span></Anchor>}</Table.Td>}
                <Table.Td>{copy.scheme ?? <span className="faint">{t('models.copies.useless')}</span>}</Table.Td>
                <Table.Td ta="right">{bytes(copy.bytes)}</Table.Td>
                <Table.Td className="faint">
                  <Ago time={copy.usedAt} />
                </Table.Td>
                <Table.Td ta="right">
                  <Button size="compact-sm" variant="default" aria-label={t('models.copies.removeOne', { scheme: copy.scheme ?? '', name: nameIn(copy.folder ?? '') })} onClick={() => setAsking(copy)}>
                    {t('models.copies.remove')}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {asking && <Confirm copy={asking} onClose={() => setAsking(undefined)} />}
    </section>
  );
}

function Confirm({ copy, onClose }: { readonly copy: Copy; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [fault, setFault] = useState<unknown>();
  const remove = async (): Promise<void> => {
    try {
      const freed = await engine.call('models.removeCopy', { key: copy.key });
      notifications.show({ message: t('models.copies.removed', { size: bytes(freed.bytes) }) });
      onClose();
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <Dialog onClose={onClose} title={t('models.copies.confirmTitle')}>
      <Text size="sm" mb="lg">
        {t('models.copies.confirm', { size: bytes(copy.bytes) })}
      </Text>
      {fault !== undefined && <FaultNote error={fault} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('models.copies.keep')}
        </Button>
        <Button color="red.9" onClick={() => void once('models.removeCopy', remove)}>
          {t('models.copies.remove')}
        </Button>
      </Group>
    </Dialog>
  );
}
