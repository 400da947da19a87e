import { ActionIcon, Button, Checkbox, Group, Select, Switch, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { Archive, ArrowDown, ArrowUp, ChartLine, Plus, Search, Tag, Trash2, TrendingUp, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useRunActions } from '../actions.tsx';
import { list, unlist, useParameters } from '../address.ts';
import css from '../train.module.css';
import { Queue } from './queue.tsx';
import { RunRows } from './run-rows.tsx';

type Wish = Calls<AppContract>['runs.list']['input'];
type Status = NonNullable<Wish['status']>[number];
type Order = NonNullable<Wish['order']>;

const statuses: readonly Status[] = ['running', 'stopped', 'finished', 'failed', 'interrupted'];
const orders: readonly Order[] = ['started', 'name', 'step', 'bestF1', 'reward'];

/** All runs: find them, mark them, set them beside each other. */
export function History() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [read, write] = useParameters();
  const actions = useRunActions();
  const [text, setText] = useState(read('text'));
  const writeText = useDebouncedCallback((next: string) => write({ text: next }), 200);
  const [tagging, setTagging] = useState('');
  const status = statuses.find((each) => each === read('status'));
  const order = orders.find((each) => each === read('order')) ?? 'started';
  const descending = read('up') === '';
  const archived = read('archived') !== '';
  const chosen = list(read('chosen'));
  const { data, error, refetch } = useEngine('runs.list', { text: read('text'), status: status ? [status] : [], tag: read('tag'), archived, order, descending, limit: 2000 }, { keepPrevious: true });
  if (error && !data) return <div className={css.run}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (data?.all === 0) {
    return (
      <>
        <Queue />
        <EmptyState icon={TrendingUp} title={t('train.empty.title')} text={t('train.empty.text')} action={<Button component="a" href="#/train/-/new?preset=quickstart">{t('train.empty.action')}</Button>} />
      </>
    );
  }
  const choose = (names: readonly string[]): void => write({ chosen: unlist(names) });
  const filtered = read('text') !== '' || status !== undefined || read('tag') !== '';
  return (
    <div className={css.history}>
      <Queue />
      <Group gap="sm" mb="sm">
        {chosen.length === 0 ? (
          <>
            <TextInput
              aria-label={t('train.find')}
              placeholder={t('train.find')}
              leftSection={<Search size={14} />}
              value={text}
              flex="1 1 160px"
              maw={280}
              rightSection={text !== '' && <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.clear')} onClick={() => { setText(''); write({ text: '' }); }}><X size={14} /></ActionIcon>}
              onChange={(event) => {
                setText(event.currentTarget.value);
                writeText(event.currentTarget.value);
              }}
            />
            <Select aria-label={t('train.columns.status')} placeholder={t('train.anyStatus')} clearable w={150} value={status ?? null} data={statuses.map((value) => ({ value, label: t(`train.status.${value}`) }))} onChange={(next) => write({ status: next ?? '' })} />
            <Select aria-label={t('train.tags')} placeholder={t('train.anyTag')} clearable searchable w={150} value={read('tag') || null} data={(data?.tags ?? []).map(({ tag, count }) => ({ value: tag, label: `${tag} (${count})` }))} onChange={(next) => write({ tag: next ?? '' })} />
            <Select aria-label={t('train.order')} allowDeselect={false} w={170} value={order} data={orders.map((value) => ({ value, label: t(`train.orders.${value}`) }))} onChange={(next) => write({ order: next === 'started' ? '' : (next ?? '') })} />
            <ActionIcon variant="default" size={36} aria-label={t(descending ? 'train.descending' : 'train.ascending')} onClick={() => write({ up: descending ? 'yes' : '' })}>
              {descending ? <ArrowDown size={16} /> : <ArrowUp size={16} />}
            </ActionIcon>
            <Switch label={t('train.archived')} checked={archived} onChange={(event) => write({ archived: event.currentTarget.checked ? 'yes' : '' })} />
            <Button ml="auto" leftSection={<Plus size={14} />} onClick={() => void navigate({ to: '/train/-/new' })}>
              {t('train.new')}
            </Button>
          </>
        ) : (
          <>
            <Checkbox size="xs" ml={13} aria-label={t('train.chooseNone')} checked indeterminate onChange={() => choose([])} />
            <Text fw={600}>{t('train.chosen', { count: chosen.length })}</Text>
            <Button variant="filled" leftSection={<ChartLine size={14} />} disabled={chosen.length < 2} onClick={() => void navigate({ to: '/train/$run', params: { run: chosen[0] as string }, search: { compare: unlist(chosen.slice(1)) } })}>
              {t('train.compare')}
            </Button>
            <form
              style={{ display: 'flex', gap: 4 }}
              onSubmit={(event) => {
                event.preventDefault();
                if (tagging.trim() !== '') void actions.annotate(chosen, { addTag: tagging.trim() });
                setTagging('');
              }}
            >
              <TextInput aria-label={t('train.addTag')} placeholder={t('train.addTag')} leftSection={<Tag size={14} />} w={176} maxLength={60} value={tagging} onChange={(event) => setTagging(event.currentTarget.value)} />
            </form>
            <Button variant="default" leftSection={<Archive size={14} />} onClick={() => { void actions.annotate(chosen, { archived: !archived }); choose([]); }}>
              {t(archived ? 'train.unarchive' : 'train.archive')}
            </Button>
            <Button variant="default" color="red" leftSection={<Trash2 size={14} />} onClick={() => { void actions.remove(chosen); choose([]); }}>
              {t('train.delete')}
            </Button>
            <Button variant="subtle" ml="auto" onClick={() => choose([])}>
              {t('train.cancel')}
            </Button>
          </>
        )}
      </Group>
      {data?.total === 0 ? (
        <Text className="faint" ta="center" py={64}>
          {t(filtered ? 'train.nothingFound' : archived ? 'train.nothingArchived' : 'train.allArchived')}
        </Text>
      ) : (
        <RunRows rows={data?.rows} chosen={chosen} onChoose={choose} />
      )}
    </div>
  );
}
