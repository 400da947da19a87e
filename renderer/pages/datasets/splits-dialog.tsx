import { ActionIcon, Button, Group, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { useStillHere } from '../../parts/still-here.ts';
import { visibleText } from '../../parts/turns/visible.ts';

type Share = { readonly name: string; readonly share: number };

/** Splits by shares and a seed; the same seed gives the same splits. */
export function SplitsDialog({ dataset, samples, onClose }: { readonly dataset: number; readonly samples: number; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [shares, setShares] = useState<readonly Share[]>([{ name: 'train', share: 80 }, { name: 'validation', share: 10 }, { name: 'test', share: 10 }]);
  const [seed, setSeed] = useState(1);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const sum = shares.reduce((total, { share }) => total + share, 0);
  const names = shares.map(({ name }) => name.trim());
  const ready = sum > 0 && names.every((name) => name !== '') && new Set(names).size === names.length;
  const change = (i: number, wish: Partial<Share>): void => setShares((before) => before.map((each, j) => (j === i ? { ...each, ...wish } : each)));
  const assign = async (): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const counts = await engine.call('datasets.assignSplits', { dataset, shares: Object.fromEntries(shares.map(({ name, share }) => [name.trim(), share])), seed });
      if (isHere()) onClose();
      notifications.show({ message: t('datasets.splits.done', { counts: Object.entries(counts).map(([name, count]) => `${visibleText(name)} ${whole(count)}`).join(t('frame.marks.comma')) }) });
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={t('datasets.splits.title')}>
      <Stack gap="sm">
        <Text size="sm" className="faint">
          {t('datasets.splits.help')}
        </Text>
        {shares.map(({ name, share }, i) => (
          <Group key={i} gap="sm" wrap="nowrap" align="center">
            <TextInput size="xs" flex={1} aria-label={t('datasets.splits.name', { number: i + 1 })} value={name} maxLength={100} onChange={({ currentTarget: { value } }) => change(i, { name: value })} {...(i === 0 && { 'data-autofocus': true })} />
            <NumberInput size="xs" w={88} aria-label={t('datasets.splits.share', { name })} value={share} min={0} max={1_000_000} hideControls onChange={(value) => change(i, { share: Math.max(0, Number(value) || 0) })} />
            <Text size="sm" className="faint" w={132} ta="right">
              {sum > 0 ? t('datasets.splits.gets', { percent: Math.round((1000 * share) / sum) / 10, samples: whole((samples * share) / sum) }) : '–'}
            </Text>
            <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.splits.remove', { name })} disabled={shares.length === 1} onClick={() => setShares((before) => before.filter((_, j) => j !== i))}>
              <X size={14} />
            </ActionIcon>
          </Group>
        ))}
        <Group justify="space-between">
          <Button size="compact-sm" variant="subtle" leftSection={<Plus size={14} aria-hidden />} disabled={shares.length >= 12} onClick={() => setShares((before) => [...before, { name: '', share: 10 }])}>
            {t('datasets.splits.add')}
          </Button>
          <NumberInput size="xs" w={132} label={t('datasets.seed')} value={seed} min={0} max={2 ** 31 - 1} onChange={(value) => setSeed(Math.max(0, Math.floor(Number(value) || 0)))} />
        </Group>
        {fault !== undefined && <FaultNote error={fault} />}
        <Group justify="flex-end">
          <Button disabled={!ready} loading={busy} onClick={() => void assign()}>
            {t('datasets.splits.action')}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
