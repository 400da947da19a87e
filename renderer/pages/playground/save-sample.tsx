import { Anchor, Button, Group, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { once } from '../../parts/once.ts';
import { useStillHere } from '../../parts/still-here.ts';

/** What was asked, as a sample of a dataset. */
export function SaveSample({ id, answer, onClose }: { readonly id: string; readonly answer: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [dataset, setDataset] = useState('playground');
  const [answers, setAnswers] = useState(answer);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const save = async (): Promise<void> => {
    try {
      const saved = await engine.call('playground.save', { id, dataset: dataset.trim(), answers: answers.split('\n').map((line) => line.trim()).filter((line) => line !== '') });
      if (isHere()) onClose();
      notifications.show({
        message: (
          <>
            {t('playground.save.done', { number: saved.ordinal + 1, name: dataset.trim() })} <Anchor href={`#/datasets?dataset=${saved.dataset}&sample=${saved.ordinal}`}>{t('playground.save.open')}</Anchor>
          </>
        ),
      });
    } catch (error) {
      setFault(error);
    }
  };
  return (
    <Dialog onClose={onClose} title={t('playground.save.title')}>
      <Stack>
        <Text size="sm" className="faint">
          {t('playground.save.help')}
        </Text>
        <TextInput label={t('playground.save.dataset')} value={dataset} onChange={({ currentTarget: { value } }) => setDataset(value)} data-autofocus />
        <Textarea label={t('playground.save.answers')} value={answers} onChange={({ currentTarget: { value } }) => setAnswers(value)} autosize minRows={2} maxRows={8} />
        {fault !== undefined && <FaultNote error={fault} />}
        <Group justify="flex-end">
          <Button onClick={() => void once(`playground.save ${id}`, save)} disabled={dataset.trim() === ''}>
            {t('playground.save.action')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
