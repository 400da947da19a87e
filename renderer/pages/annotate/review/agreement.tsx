import { Skeleton, Table } from '@mantine/core';
import { Scale } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import css from './review.module.css';

/** How far reviewers, who answered first, agree with annotators. */
export function Agreement({ dataset }: { readonly dataset: number }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('annotate.agreement', { dataset });
  if (error) return <div className={css.agreement}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (!data) return <div className={css.agreement}><Skeleton height={160} maw={720} /><Skeleton height={120} maw={720} /></div>;
  const { reviewed, sameAnswer, f1, issues, people } = data;
  if (reviewed === 0 && people.length === 0) return <EmptyState icon={Scale} title={t('annotate.agreement.none.title')} text={t('annotate.agreement.none.text')} />;
  const of = (part: number, all: number): string => (all === 0 ? '–' : t('annotate.agreement.share', { part: whole(part), all: whole(all), percent: Math.round((100 * part) / all) }));
  return (
    <div className={css.agreement} role="region" tabIndex={0} aria-label={t('annotate.agreement.title')}>
      <div className={css.agreed}>
        <Table horizontalSpacing="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('annotate.agreement.what')}</Table.Th>
              <Table.Th ta="right">{t('annotate.agreement.figure')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Figure name={t('annotate.agreement.reviewed')} value={whole(reviewed)} />
            <Figure name={t('annotate.agreement.sameAnswer')} value={of(sameAnswer, reviewed)} />
            <Figure name={t('annotate.agreement.f1')} value={f1 === null ? '–' : `${f1.toFixed(1)} %`} />
            <Figure name={t('annotate.agreement.sameIssues')} value={of(issues.same, issues.compared)} />
            <Figure name={t('annotate.agreement.kappa')} help={t('annotate.agreement.kappaHelp')} value={issues.kappa === null ? '–' : issues.kappa.toFixed(2).replace('-', '−')} />
          </Table.Tbody>
        </Table>
      </div>
      {people.length > 0 && (
        <div className={css.agreed}>
          <Table horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('annotate.agreement.person')}</Table.Th>
                {(['submitted', 'accepted', 'returned', 'reviewed'] as const).map((each) => (
                  <Table.Th key={each} ta="right">{t(`annotate.agreement.people.${each}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {people.map(({ name, submitted, accepted, returned, reviewed: checked }) => (
                <Table.Tr key={name}>
                  <Table.Th scope="row" className={css.person}>{visibleText(name)}</Table.Th>
                  {[submitted, accepted, returned, checked].map((count, i) => (
                    <Table.Td key={i} ta="right">{whole(count)}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </div>
  );
}

const Figure = ({ name, help, value }: { readonly name: string; readonly help?: string; readonly value: string }) => (
  <Table.Tr>
    <Table.Td>
      {name}
      {help !== undefined && <div className={css.kappa}>{help}</div>}
    </Table.Td>
    <Table.Td ta="right" className={css.figure}>{value}</Table.Td>
  </Table.Tr>
);
