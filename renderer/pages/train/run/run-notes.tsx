import { Group, TagsInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { useRunActions } from '../actions.tsx';
import type { RunData } from './curves.tsx';

/** What people say of a run: kept when the field is left. */
export function RunNotes({ row }: { readonly row: RunData['row'] }) {
  const { t } = useTranslation();
  const { annotate } = useRunActions();
  const { data } = useEngine('runs.list', { limit: 1 });
  const [note, setNote] = useState(row.note);
  return (
    <Group align="flex-start" mb="lg" grow preventGrowOverflow={false}>
      <Textarea label={t('train.note')} placeholder={t('train.notePlaceholder')} autosize minRows={2} maxRows={10} maxLength={20_000} value={note} onChange={(event) => setNote(event.currentTarget.value)} onBlur={() => note !== row.note && void annotate([row.name], { note })} />
      <TagsInput label={t('train.tags')} placeholder={t('train.tagsPlaceholder')} data={(data?.tags ?? []).map(({ tag }) => tag)} value={[...row.tags]} maxTags={20} onChange={(tags) => void annotate([row.name], { tags })} />
    </Group>
  );
}
