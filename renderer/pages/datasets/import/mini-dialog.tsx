import { Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { Dialog } from '../../../parts/dialog.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { freeName } from './dropped.ts';
import { ImportProgress } from './import-progress.tsx';
import { useImport } from './use-import.ts';

type MiniDialogProps = { readonly names: readonly string[]; readonly onOpen: (dataset: number) => void; readonly onClose: () => void };

/** The built-in task as a dataset; one click with what is filled in. */
export function MiniDialog({ names, onOpen, onClose }: MiniDialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(freeName('MAT-mini', names));
  const [seed, setSeed] = useState(1);
  const [train, setTrain] = useState(200);
  const [test, setTest] = useState(100);
  const [state, start, cancel] = useImport();
  const done = state.item?.kind === 'done' ? state.item.dataset.id : undefined;
  useEffect(() => {
    if (done !== undefined) onOpen(done);
    // Opened once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [done]);
  const number = (value: string | number): number => Math.max(0, Math.floor(Number(value) || 0));
  return (
    <Dialog onClose={onClose} title={t('datasets.mini.title')} closeOnClickOutside={!state.running}>
      {state.running ? (
        <ImportProgress state={state} onCancel={cancel} />
      ) : (
        <Stack>
          <Text size="sm" className="faint">
            {t('datasets.mini.help')}
          </Text>
          <TextInput label={t('datasets.name')} value={name} maxLength={200} onChange={({ currentTarget: { value } }) => setName(value)} />
          <Group grow>
            <NumberInput label={t('datasets.mini.train')} value={train} min={0} max={100_000} onChange={(value) => setTrain(number(value))} />
            <NumberInput label={t('datasets.mini.test')} value={test} min={0} max={100_000} onChange={(value) => setTest(number(value))} />
            <NumberInput label={t('datasets.seed')} value={seed} min={0} max={2 ** 31 - 1} onChange={(value) => setSeed(number(value))} />
          </Group>
          {state.fault !== undefined && <FaultNote error={state.fault} />}
          <Group justify="flex-end">
            <Button data-autofocus disabled={name.trim() === '' || train + test === 0} onClick={() => start((signal) => engine.stream('datasets.importMini', { name, seed, train, test }, signal))}>
              {t('datasets.mini.action')}
            </Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
