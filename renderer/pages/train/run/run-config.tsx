import { Alert, SegmentedControl, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { type Draft, valueText } from '../configure/values.ts';
import css from '../train.module.css';
import type { RunData } from './curves.tsx';

/** How a run was set: what differs from its preset, or all of it. */
export function RunConfig({ data: { config, preset, differences, folder } }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const [whole, setWhole] = useState(false);
  const { data: yaml } = useEngine('runs.toYaml', { config: (config ?? {}) as Draft as never }, { enabled: whole && config !== null });
  if (!config) return <Alert variant="default" className={css.alarm}>{t('train.config.unknown')}</Alert>;
  return (
    <>
      <SegmentedControl size="xs" mb="sm" aria-label={t('train.config.view')} value={whole ? 'whole' : 'changed'} onChange={(next) => setWhole(next === 'whole')} data={[{ value: 'changed', label: t('train.config.changed', { preset: preset ?? '' }) }, { value: 'whole', label: t('train.config.whole') }]} />
      {whole ? (
        <pre className={`${css.yaml} foreign`}>{yaml?.text}</pre>
      ) : differences.length === 0 ? (
        <Text className="faint">{t('train.config.same', { preset: preset ?? '' })}</Text>
      ) : (
        <div className={css.card}>
          <Table verticalSpacing={6} horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('train.field')}</Table.Th>
                <Table.Th>{t('train.config.here')}</Table.Th>
                <Table.Th>{t('train.config.there', { preset: preset ?? '' })}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {differences.map(({ key, value, other }) => (
                <Table.Tr key={key}>
                  <Table.Td ff="monospace">{key}</Table.Td>
                  <Table.Td fw={600} className="foreign">
                    {valueText(value)}
                  </Table.Td>
                  <Table.Td className="faint foreign">{valueText(other)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      <Text size="xs" className="faint foreign" mt="md" ff="monospace">
        {folder}
      </Text>
    </>
  );
}
