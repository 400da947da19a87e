import { Button, Checkbox, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Archive, ChartLine, Tag, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRunActions } from '../actions.tsx';
import { unlist } from '../address.ts';

type ChosenRunsProps = { readonly chosen: readonly string[]; /** Whether the list is that of the archive. */ readonly archived: boolean; readonly onChoose: (names: readonly string[]) => void };

/** What can be done with several runs at once. */
export function ChosenRuns({ chosen, archived, onChoose }: ChosenRunsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const actions = useRunActions();
  const [tagging, setTagging] = useState('');
  return (
    <>
      <Checkbox size="xs" ml={13} aria-label={t('train.chooseNone')} checked indeterminate onChange={() => onChoose([])} />
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
      <Button variant="default" leftSection={<Archive size={14} />} onClick={() => { void actions.annotate(chosen, { archived: !archived }); onChoose([]); }}>
        {t(archived ? 'train.unarchive' : 'train.archive')}
      </Button>
      <Button variant="default" color="red" leftSection={<Trash2 size={14} />} onClick={() => { void actions.remove(chosen); onChoose([]); }}>
        {t('train.delete')}
      </Button>
      <Button variant="subtle" ml="auto" onClick={() => onChoose([])}>
        {t('train.cancel')}
      </Button>
    </>
  );
}
