import { ActionIcon, Button, Menu, Skeleton, Text, Title } from '@mantine/core';
import { Database, Ellipsis, Import, Pencil, Trash2, Wand } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Ago } from '../../parts/ago.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { useDatasetActions } from './actions.tsx';
import type { Address, useAddress } from './address.ts';
import css from './dataset-list.module.css';
import { isFormatName } from './formats.ts';
import type { Dropped } from './import/dropped.ts';
import { ImportDialog } from './import/import-dialog.tsx';
import { MiniDialog } from './import/mini-dialog.tsx';
import { useDrop } from './import/use-drop.ts';
import { RenameDialog } from './rename-dialog.tsx';

export type DatasetRow = Calls<AppContract>['datasets.list']['output'][number];
export type Go = ReturnType<typeof useAddress>[1];

/** All datasets, and the ways to have another. Files may be dropped anywhere. */
export function DatasetList({ address, go }: { readonly address: Address; readonly go: Go }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('datasets.list', undefined);
  const [dropped, setDropped] = useState<readonly Dropped[]>([]);
  const [mini, setMini] = useState(false);
  const [renaming, setRenaming] = useState<DatasetRow>();
  const open = (dataset: number, view?: string): void => go({ import: undefined, dataset, view });
  const { over, zone } = useDrop((files) => {
    if (address.importing) return;
    setDropped(files);
    go({ import: true });
  });
  const importButton = (
    <Button leftSection={<Import size={15} aria-hidden />} onClick={() => go({ import: true })}>
      {t('datasets.import.open')}
    </Button>
  );
  const miniButton = (
    <Button variant="default" leftSection={<Wand size={15} aria-hidden />} onClick={() => setMini(true)}>
      {t('datasets.mini.open')}
    </Button>
  );
  return (
    <div className={css.listPage} data-over={over || undefined} {...zone}>
      {data?.length === 0 ? (
        <>
          <h1 className="unseen">{t('datasets.title')}</h1>
          <EmptyState icon={Database} title={t('datasets.empty.title')} text={t('datasets.empty.text')} action={<div className={css.buttons}>{importButton}{miniButton}</div>} />
        </>
      ) : (
        <>
          <div className={css.listHead}>
            <div>
              <Title order={1}>{t('datasets.title')}</Title>
              <Text size="sm" className="faint">
                {t('datasets.dropHint')}
              </Text>
            </div>
            <div className={css.buttons}>
              {miniButton}
              {importButton}
            </div>
          </div>
          {error && !data ? (
            <FaultNote error={error} onRetry={() => void refetch()} />
          ) : (
            <ul className={css.sets}>
              {data ? data.map((row) => <SetRow key={row.id} row={row} onOpen={(view) => open(row.id, view)} onRename={() => setRenaming(row)} />) : Array.from({ length: 4 }, (_, i) => <Skeleton key={i} component="li" height={64} />)}
            </ul>
          )}
        </>
      )}
      {address.importing && <ImportDialog names={(data ?? []).map(({ name }) => name)} dropped={dropped} onOpen={open} onClose={() => { setDropped([]); go({ import: undefined }, true); }} />}
      {mini && <MiniDialog names={(data ?? []).map(({ name }) => name)} onOpen={open} onClose={() => setMini(false)} />}
      {renaming && <RenameDialog dataset={renaming} onClose={() => setRenaming(undefined)} />}
    </div>
  );
}

function SetRow({ row: { id, name, files, format, samples, faults, createdAt }, onOpen, onRename }: { readonly row: DatasetRow; readonly onOpen: (view?: string) => void; readonly onRename: () => void }) {
  const { t } = useTranslation();
  const actions = useDatasetActions();
  // A dataset of several files may have several.
  const formatWords = (names: string): string => names.split(', ').map((each) => (isFormatName(each) ? t(`datasets.formats.${each}`) : each)).join(t('frame.marks.between'));
  const first = useEngine('datasets.page', { dataset: id, filter: { image: true }, offset: 0, limit: 4 });
  return (
    <li className={css.set}>
      <a className={css.setLink} href={`#/datasets?dataset=${id}`}>
        <span className={css.setName}>
          <bdi>{visibleText(name)}</bdi>
        </span>
        <span className={css.setFrom}>{visibleText([formatWords(format), files.length > 3 ? t('datasets.manyFiles', { count: files.length }) : files.join(', ')].filter((each) => each !== '').join(' · ')) || t('datasets.madeHere')}</span>
      </a>
      <span className={css.strip} aria-hidden>
        {first.data?.rows.map(({ ordinal, images }) => {
          const hex = images[0]?.startsWith('sha256:') ? images[0].slice(7) : undefined;
          return hex && <img key={ordinal} src={`image/${hex}?side=128`} alt="" />;
        })}
      </span>
      <span className={css.setCount}>{t('datasets.samples', { count: samples, samples: whole(samples) })}</span>
      <span>
        {faults > 0 && (
          <a href={`#/datasets?dataset=${id}&view=faults`} className={css.faultLink}>
            {t('datasets.faultCount', { count: faults, faults: whole(faults) })}
          </a>
        )}
      </span>
      <span className={css.setTime}>
        <Ago time={createdAt} />
      </span>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.actionsOf', { name: visibleText(name) })}>
            <Ellipsis size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<Database size={14} />} onClick={() => onOpen()}>
            {t('datasets.openIt')}
          </Menu.Item>
          <Menu.Item leftSection={<Pencil size={14} />} onClick={onRename}>
            {t('datasets.rename.open')}
          </Menu.Item>
          <Menu.Item leftSection={<Trash2 size={14} />} onClick={() => void actions.remove(id, name)}>
            {t('datasets.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
