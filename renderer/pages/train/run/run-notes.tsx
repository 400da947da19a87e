import { Group, TagsInput, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { useRunActions } from '../actions.tsx';
import type { RunData } from './curves.tsx';

/** What people say of a run: kept when the field is left. */
export function RunNotes({ row }: { readonly row: RunData['row'] }) {
  const { t } = useTranslation();
  const { annotate } = useRunActions();
  const { data } = useEngine('runs.list', { limit: 1 });
  const [written, write] = useState<string>();
  useEffect(() => write((now) => (now === row.note ? undefined : now)), [row.note]);
  const [tags, setTags] = useState(row.tags);
  useEffect(() => setTags(row.tags), [row.tags]);
  const keep = useRef(() => {});
  keep.current = () => {
    if (written !== undefined && written !== row.note) void annotate([row.name], { note: written });
  };
  // Going back takes a field away that was not left.
  useEffect(() => () => keep.current(), []);
  return (
    <Group align="flex-start" mb="lg" grow preventGrowOverflow={false}>
      <Textarea label={t('train.note')} placeholder={t('train.notePlaceholder')} autosize minRows={2} maxRows={10} maxLength={20_000} value={written ?? row.note} onChange={(event) => write(event.currentTarget.value)} onBlur={() => keep.current()} />
      <TagsInput label={t('train.tags')} placeholder={t('train.tagsPlaceholder')} data={(data?.tags ?? []).map(({ tag }) => tag)} value={[...tags]} maxTags={20} onChange={(next) => { setTags(next); void annotate([row.name], { tags: next }); }} />
    </Group>
  );
}
