import { ActionIcon, Menu, Text } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Ellipsis, FolderX, TriangleAlert } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { Ago } from '../../parts/ago.tsx';
import { bytes } from '../../parts/numbers.ts';
import { useModelActions } from './actions.ts';
import { adapterPath } from './address.ts';
import { nameOf } from './figures.ts';
import css from './models.module.css';

type Adapter = Calls<AppContract>['models.list']['output']['adapters'][number];

const rowHeight = 40;
const mostHeight = 480;

/** Adapters as rows; only those in sight are drawn. */
export function AdapterRows({ adapters }: { readonly adapters: readonly Adapter[] }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: adapters.length, getScrollElement: () => place.current, estimateSize: () => rowHeight, overscan: 8 });
  const columns = ['name', 'base', 'rank', 'size', 'made'] as const;
  return (
    <div ref={place} className={css.rows} style={{ maxHeight: mostHeight }} role="table" aria-label={t('models.list.adapters')} aria-rowcount={adapters.length} tabIndex={adapters.length * rowHeight > mostHeight ? 0 : -1}>
      <div role="row" className={css.headRow}>
        {columns.map((column) => (
          <span role="columnheader" key={column} data-number={column === 'rank' || column === 'size' || undefined}>
            {t(`models.list.${column}`)}
          </span>
        ))}
        <span role="columnheader" aria-label={t('models.list.more', { name: '' })} />
      </div>
      <div role="rowgroup" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const adapter = adapters[index] as Adapter;
          return (
            <div key={adapter.folder} role="row" aria-rowindex={index + 1} className={css.row} style={{ transform: `translateY(${start}px)`, height: rowHeight }}>
              <Cells adapter={adapter} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Cells({ adapter }: { readonly adapter: Adapter }) {
  const { t } = useTranslation();
  const { kind, folder, run, best, base, baseName, rank, there, at } = adapter;
  return (
    <>
      <span role="cell" className={css.nameCell} title={folder}>
        <a href={adapterPath(folder)} className="foreign row-name cut">
          {nameOf(t, adapter)}
        </a>
        {best && <span className={css.tag}>{t('models.list.best')}</span>}
        {!run && <span className={css.tag}>{t('models.list.brought')}</span>}
        {!there && (
          <span className={css.warn} title={t('models.list.awayHelp')}>
            <TriangleAlert size={14} aria-hidden />
            {t('models.list.away')}
          </span>
        )}
      </span>
      <span role="cell" className="foreign" title={base ?? undefined}>
        {baseName ?? t('models.list.unknown')}
      </span>
      <span role="cell" data-number>{kind === 'full' ? t('models.list.allWeights') : (rank ?? '–')}</span>
      <span role="cell" data-number>{there ? bytes(adapter.bytes) : '–'}</span>
      <span role="cell" className="faint">{there ? <Ago time={at} /> : '–'}</span>
      <span role="cell">{!run && <AdapterMenu adapter={adapter} />}</span>
    </>
  );
}

function AdapterMenu({ adapter }: { readonly adapter: Adapter }) {
  const { t } = useTranslation();
  const { forgetAdapter } = useModelActions();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('models.list.more', { name: adapter.name })}>
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<FolderX size={14} />} onClick={() => void forgetAdapter(adapter)}>
          {t('models.list.forget')}
          <Text size="xs" className="faint">
            {t('models.list.forgetHelp')}
          </Text>
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
