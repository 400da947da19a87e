import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import { Ago } from '../../../parts/ago.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import css from '../train.module.css';

/** What happened in a run, the last first. */
export function RunLog({ run }: { readonly run: string }) {
  const { t } = useTranslation();
  const { data, error } = useEngine('runs.events', { run });
  if (error) return <FaultNote error={error} />;
  return (
    <div className={css.card}>
      <Table verticalSpacing={6} horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={72} ta="right">{t('train.log.step')}</Table.Th>
            <Table.Th w={180}>{t('train.log.what')}</Table.Th>
            <Table.Th>{t('train.log.more')}</Table.Th>
            <Table.Th w={160}>{t('train.log.when')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(data ?? []).toReversed().map(({ kind, step, at, name, text }, i) => (
            <Table.Tr key={i}>
              <Table.Td ta="right">{step}</Table.Td>
              <Table.Td>{t(`train.log.${kind}`)}</Table.Td>
              <Table.Td className="foreign">{text === null ? (kind === 'stopped' && name !== null ? t(`train.log.why.${name}` as never, { defaultValue: name }) : '') : engineWords(text)}</Table.Td>
              <Table.Td className="faint">{at === null ? '' : <Ago time={at} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
