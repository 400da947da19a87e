import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, Plus, Search, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useParameters } from '../address.ts';
import { orders, statuses, useWish } from './wish.ts';

type RunFiltersProps = { readonly tags: readonly { readonly tag: string; readonly count: number }[]; readonly text: string; readonly onText: (text: string) => void };

/** What is looked for in the list, and in which order. */
export function RunFilters({ tags, text, onText }: RunFiltersProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [read, write] = useParameters();
  const { wish: { order, descending, archived }, status } = useWish();
  return (
    <>
      <TextInput
        aria-label={t('train.find')}
        placeholder={t('train.find')}
        leftSection={<Search size={14} />}
        value={text}
        flex="1 1 160px"
        maw={280}
        rightSection={text !== '' && <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.clear')} onClick={() => { onText(''); write({ text: '' }); }}><X size={14} /></ActionIcon>}
        onChange={(event) => onText(event.currentTarget.value)}
      />
      <Select aria-label={t('train.columns.status')} placeholder={t('train.anyStatus')} clearable w={150} value={status ?? null} data={statuses.map((value) => ({ value, label: t(`train.status.${value}`) }))} onChange={(next) => write({ status: next ?? '' })} />
      <Select aria-label={t('train.tags')} placeholder={t('train.anyTag')} clearable searchable w={150} value={read('tag') || null} data={tags.map(({ tag, count }) => ({ value: tag, label: `${tag} (${count})` }))} onChange={(next) => write({ tag: next ?? '' })} />
      <Select aria-label={t('train.order')} allowDeselect={false} w={170} value={order} data={orders.map((value) => ({ value, label: t(`train.orders.${value}`) }))} onChange={(next) => write({ order: next === 'started' ? '' : (next ?? '') })} />
      <ActionIcon variant="default" size={36} aria-label={t(descending ? 'train.descending' : 'train.ascending')} onClick={() => write({ up: descending ? 'yes' : '' })}>
        {descending ? <ArrowDown size={16} /> : <ArrowUp size={16} />}
      </ActionIcon>
      <Switch label={t('train.archived')} checked={archived} onChange={(event) => write({ archived: event.currentTarget.checked ? 'yes' : '' })} />
      <Button ml="auto" leftSection={<Plus size={14} />} onClick={() => void navigate({ to: '/train/-/new' })}>
        {t('train.new')}
      </Button>
    </>
  );
}
