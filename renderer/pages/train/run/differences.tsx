import { Card, Table, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { valueText } from '../configure/values.ts';

/** What compared runs do not have in common. */
export function Differences({ runs }: { readonly runs: readonly string[] }) {
  const { t } = useTranslation();
  const { data } = useEngine('runs.differences', { runs: [...runs] });
  if (!data || data.length === 0) return null;
  return (
    <Card withBorder mt="md">
      <Title order={3} mb="sm">
        {t('train.differ')}
      </Title>
      <Table.ScrollContainer minWidth={480}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('train.field')}</Table.Th>
              {runs.map((run) => (
                <Table.Th key={run}>{run}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.map(({ key, values }) => (
              <Table.Tr key={key}>
                <Table.Td ff="monospace">{key}</Table.Td>
                {values.map((value, i) => (
                  <Table.Td key={runs[i]} className="foreign">
                    {valueText(value)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}
