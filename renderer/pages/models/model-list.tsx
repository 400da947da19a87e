import { ActionIcon, Button, Group, Menu, Skeleton, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { Ellipsis, FolderOpen, FolderX, Import, Search, Star, TriangleAlert } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { usePageKeys } from '../../frame/page-keys.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { bytes } from '../../parts/numbers.ts';
import { useParameters } from '../train/address.ts';
import { useModelActions } from './actions.ts';
import { AdapterRows } from './adapter-rows.tsx';
import { modelPath } from './address.ts';
import { Copies } from './copies.tsx';
import { ExportList } from './exports.tsx';
import { BringDialog, OpenDialog } from './folder-dialogs.tsx';
import { useCompact } from './figures.ts';
import css from './models.module.css';

type Listed = Calls<AppContract>['models.list']['output'];
type Model = Listed['models'][number];

/** Models, adapters and quantised copies of this machine. */
export function ModelList() {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const { data, error } = useEngine('models.list', undefined);
  const open = (name: 'open' | 'bring', on: boolean): void => write({ [name]: on ? 'true' : undefined });
  usePageKeys({
    title: t('models.keys.title'),
    keys: [
      { keys: ['o'], words: t('models.keys.open'), act: () => open('open', true) },
      { keys: ['i'], words: t('models.keys.bring'), act: () => open('bring', true) },
    ],
  });
  return (
    <div className={css.page}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={1}>{t('models.title')}</Title>
          <Text size="sm" className="faint">{t('models.lead')}</Text>
        </div>
        <Group gap="sm">
          <Button variant="default" leftSection={<Import size={16} aria-hidden />} onClick={() => open('bring', true)}>
            {t('models.bring')}
          </Button>
          <Button leftSection={<FolderOpen size={16} aria-hidden />} onClick={() => open('open', true)}>
            {t('models.open')}
          </Button>
        </Group>
      </Group>
      {error && <FaultNote error={error} />}
      <section className={css.section} aria-labelledby="models-models">
        <Title order={2} id="models-models" mb="xs">
          {t('models.list.models')}
        </Title>
        {data ? <ModelTable models={data.models} /> : !error && <Skeleton height={84} />}
      </section>
      <ExportList />
      <Adapters adapters={data?.adapters} />
      <Copies />
      {read('open') === 'true' && <OpenDialog onClose={() => open('open', false)} />}
      {read('bring') === 'true' && data && <BringDialog models={data.models.filter(({ there }) => there)} onClose={() => open('bring', false)} />}
    </div>
  );
}

/** Below it the table scrolls: a name has 208 px beside the other columns. */
const leastWidth = 920;

function ModelTable({ models }: { readonly models: readonly Model[] }) {
  const { t } = useTranslation();
  const compact = useCompact();
  return (
    <Table.ScrollContainer minWidth={leastWidth} type="native">
      <Table verticalSpacing={6} horizontalSpacing="md" highlightOnHover layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('models.list.name')}</Table.Th>
            <Table.Th w={224}>{t('models.list.origin')}</Table.Th>
            <Table.Th w={112} ta="right">
              {t('models.list.parameters')}
            </Table.Th>
            <Table.Th w={104}>{t('models.list.dtype')}</Table.Th>
            <Table.Th w={96} ta="right">
              {t('models.list.size')}
            </Table.Th>
            <Table.Th w={120}>{t('models.list.state')}</Table.Th>
            <Table.Th w={56} aria-label={t('models.list.more', { name: '' })} />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {models.map((model) => (
            <Table.Tr key={model.folder}>
              <Table.Td>
                <div className={css.nameCell}>
                  <a href={modelPath(model.folder)} className="foreign row-name cut">
                    {model.name}
                  </a>
                  {model.preferred && <span className={css.tag}>{t('models.list.preferred')}</span>}
                </div>
                <div className={`${css.path} foreign`} title={model.folder}>
                  {model.folder}
                </div>
              </Table.Td>
              <Table.Td>{t(`models.list.origins.${model.origin}`)}</Table.Td>
              <Table.Td ta="right">{model.parameters === null ? '–' : compact(model.parameters)}</Table.Td>
              <Table.Td>{model.dtype ?? '–'}</Table.Td>
              <Table.Td ta="right">{model.there ? bytes(model.bytes) : '–'}</Table.Td>
              <Table.Td>
                <State model={model} />
              </Table.Td>
              <Table.Td>
                <ModelMenu model={model} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function State({ model: { there, missing } }: { readonly model: Model }) {
  const { t } = useTranslation();
  if (there && missing === 0) return <span className={css.good}>{t('models.list.complete')}</span>;
  return (
    <span className={css.warn} title={there ? undefined : t('models.list.awayHelp')}>
      <TriangleAlert size={14} aria-hidden />
      {there ? t('models.list.missing', { count: missing }) : t('models.list.away')}
    </span>
  );
}

/** Nothing where nothing can be done: the default that comes with the program. */
export function ModelMenu({ model }: { readonly model: Pick<Model, 'folder' | 'name' | 'origin' | 'preferred' | 'there'> }) {
  const { t } = useTranslation();
  const { prefer, forget } = useModelActions();
  if (model.preferred && model.origin !== 'opened') return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={t('models.list.more', { name: model.name })}>
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {!model.preferred && model.there && (
          <Menu.Item leftSection={<Star size={14} />} onClick={() => void prefer(model)}>
            {t('models.list.prefer')}
          </Menu.Item>
        )}
        {model.origin === 'opened' && (
          <Menu.Item leftSection={<FolderX size={14} />} onClick={() => void forget(model)}>
            {t('models.list.forget')}
            <Text size="xs" className="faint">
              {t('models.list.forgetHelp')}
            </Text>
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function Adapters({ adapters }: { readonly adapters: Listed['adapters'] | undefined }) {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const [text, setText] = useState(read('q'));
  const tell = useDebouncedCallback((next: string) => write({ q: next }), 250);
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const shown = adapters?.filter(({ name, baseName, folder }) => words.every((word) => `${name} ${baseName} ${folder}`.toLowerCase().includes(word)));
  return (
    <section className={css.section} aria-labelledby="models-adapters">
      <div className={css.sectionHead}>
        <Title order={2} id="models-adapters">
          {t('models.list.adapters')}
        </Title>
        {adapters && adapters.length > 5 && (
          <TextInput size="xs" w={240} aria-label={t('models.list.filter')} placeholder={t('models.list.filter')} leftSection={<Search size={14} />} value={text} onChange={({ currentTarget: { value } }) => { setText(value); tell(value); }} />
        )}
      </div>
      {!shown ? <Skeleton height={84} /> : adapters?.length === 0 ? <Text size="sm" className="faint">{t('models.list.none')}</Text> : shown.length === 0 ? <Text size="sm" className="faint">{t('models.list.noMatch', { text })}</Text> : <AdapterRows adapters={shown} />}
    </section>
  );
}
