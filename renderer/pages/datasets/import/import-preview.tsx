import { ActionIcon, Badge, Skeleton, Table, Text } from '@mantine/core';
import { CircleCheck, TriangleAlert, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engineWords } from '../../../i18n/engine-words.ts';
import { bytes, whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import page from '../datasets.module.css';
import type { Preview } from './import-dialog.tsx';
import css from './import.module.css';

type Previewed = Preview['files'][number];

/** The first rows of each file, and what is wrong with rows. */
export function ImportPreview({ files, busy, onLeave }: { readonly files: Preview['files'] | undefined; readonly busy: boolean; readonly onLeave: (place: string) => void }) {
  const { t } = useTranslation();
  if (!files) {
    return (
      <div role="status">
        <Text size="sm" mb="xs">
          {t('datasets.import.looking')}
        </Text>
        <Skeleton height={180} />
      </div>
    );
  }
  return (
    <div className={css.previews} data-busy={busy || undefined}>
      {files.map((file) => (
        <FilePreview key={file.place} file={file} onLeave={files.length > 1 ? () => onLeave(file.place) : undefined} />
      ))}
    </div>
  );
}

function FilePreview({ file: { name, bytes: size, refused, format, container, found, samples, faulty, faults, whole: all }, onLeave }: { readonly file: Previewed; readonly onLeave: (() => void) | undefined }) {
  const { t } = useTranslation();
  const shown = faults.slice(0, 50);
  return (
    <section className={css.preview} aria-label={visibleText(name)}>
      <header className={css.previewHead}>
        {refused === null && found > 0 ? <CircleCheck size={15} className={css.good} aria-hidden /> : <TriangleAlert size={15} className={css.bad} aria-hidden />}
        <b className="foreign">{visibleText(name)}</b>
        <span className="faint">{bytes(size)}</span>
        {format && <Badge variant="default" tt="none">{t(`datasets.formats.${format}`)}</Badge>}
        {container && <span className="faint">{t(`datasets.containers.${container}`)}</span>}
        {refused === null && <span className="faint">{all ? t('datasets.samples', { count: found, samples: whole(found) }) : t('datasets.import.first', { count: samples.length })}</span>}
        {onLeave && (
          <ActionIcon ml="auto" size="sm" variant="subtle" color="gray" aria-label={t('datasets.import.leave', { name: visibleText(name) })} title={t('datasets.import.leave', { name: visibleText(name) })} onClick={onLeave}>
            <X size={14} />
          </ActionIcon>
        )}
      </header>
      {refused !== null && (
        <Text size="sm" className="foreign">
          {visibleText(engineWords(refused))} {t('datasets.import.skipped')}
        </Text>
      )}
      {samples.length > 0 && (
        <div className={css.previewRows} tabIndex={0} role="region" aria-label={t('datasets.import.firstRows')}>
          <Table fz="xs" verticalSpacing={3}>
            <Table.Thead>
              <Table.Tr>
                {(['id', 'kind', 'question', 'answers', 'imageCount', 'steps'] as const).map((column) => (
                  <Table.Th key={column}>{t(`datasets.columns.${column}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {samples.map(({ id, kind, question, answers, images, steps }) => (
                <Table.Tr key={id}>
                  <Table.Td className={css.cut}>{visibleText(id)}</Table.Td>
                  <Table.Td>{t(`datasets.kinds.${kind}`)}</Table.Td>
                  <Table.Td className={css.cutWide} dir="auto">{visibleText(question)}</Table.Td>
                  <Table.Td className={css.cut} dir="auto">{visibleText(answers.join(' / '))}</Table.Td>
                  <Table.Td>{images}</Table.Td>
                  <Table.Td>{steps}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {faults.length > 0 && (
        <details className={page.faultList} open={faults.some(({ kept }) => !kept)}>
          <summary>{t(all ? 'datasets.import.faults' : 'datasets.import.faultsSoFar', { count: faulty, faults: whole(faulty) })}</summary>
          <ul>
            {shown.map(({ row, line, reason, kept }, i) => (
              <li key={i} className="foreign">
                <b>{line === null ? t('datasets.row', { row: row + 1 }) : t('datasets.line', { line })}</b> {visibleText(engineWords(reason))} {kept && <span className="faint">{t('datasets.keptNote')}</span>}
              </li>
            ))}
            {faulty > shown.length && <li className="faint">{t('datasets.import.moreFaults', { count: faulty - shown.length, faults: whole(faulty - shown.length) })}</li>}
          </ul>
        </details>
      )}
    </section>
  );
}
