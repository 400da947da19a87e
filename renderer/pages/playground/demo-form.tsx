import { ActionIcon, Button, Group, NumberInput, PasswordInput, Stack, Switch, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useStillHere } from '../../parts/still-here.ts';

type Example = { readonly title: string; readonly asked: string };
type DemoSettings = { readonly title: string; readonly examples: readonly Example[]; readonly idleSeconds: number; readonly live: boolean };

/** What the stand shows, and how one gets out of it. What is kept is followed until something is changed here. */
export function DemoForm({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { data } = useEngine('playground.demo', undefined);
  return opened && (
    <Dialog onClose={onClose} size="lg" title={t('playground.demo.title')}>
      <Text size="sm" className="faint" mb="md">
        {t('playground.demo.help')}
      </Text>
      {data && <Fields first={data} locked={data.locked} onClose={onClose} />}
    </Dialog>
  );
}

function Fields({ first: { title, examples, idleSeconds, live }, locked, onClose }: { readonly first: DemoSettings; readonly locked: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const kept: DemoSettings = { title, examples, idleSeconds, live };
  const [changed, setChanged] = useState<DemoSettings>();
  const demo = changed ?? kept;
  const [pin, setPin] = useState<string | null>(null);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const change = (part: Partial<DemoSettings>): void => setChanged((before) => ({ ...(before ?? kept), ...part }));
  const put = (list: readonly Example[]): void => change({ examples: list });
  const save = async (): Promise<boolean> => {
    try {
      await engine.call('playground.setDemo', { ...demo, examples: [...demo.examples], pin });
      return true;
    } catch (error) {
      setFault(error);
      return false;
    }
  };
  const start = async (): Promise<void> => {
    if (!(await save()) || !isHere()) return;
    // A browser that does not want to fill the screen still shows the stand.
    await document.documentElement.requestFullscreen().catch(() => {});
    await navigate({ to: '/demo' });
  };
  return (
    <Stack>
      <TextInput label={t('playground.demo.name')} placeholder={t('playground.demo.namePlaceholder')} maxLength={80} value={demo.title} onChange={({ currentTarget: { value } }) => change({ title: value })} />
      <div>
        <Text size="sm" fw={500} mb={4}>
          {t('playground.demo.examples')}
        </Text>
        {demo.examples.length === 0 && (
          <Text size="sm" className="faint">
            {t('playground.demo.noExamples')}
          </Text>
        )}
        <Stack gap={4}>
          {demo.examples.map((example, i) => (
            <Group key={example.asked} gap={4} wrap="nowrap">
              <TextInput style={{ flex: 1 }} size="xs" aria-label={t('playground.demo.exampleTitle', { number: i + 1 })} maxLength={80} value={example.title} onChange={({ currentTarget: { value } }) => put(demo.examples.with(i, { ...example, title: value }))} />
              <ActionIcon variant="subtle" color="gray" disabled={i === 0} aria-label={t('playground.demo.up')} onClick={() => put(demo.examples.toSpliced(i, 1).toSpliced(i - 1, 0, example))}>
                <ArrowUp size={14} />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" disabled={i === demo.examples.length - 1} aria-label={t('playground.demo.down')} onClick={() => put(demo.examples.toSpliced(i, 1).toSpliced(i + 1, 0, example))}>
                <ArrowDown size={14} />
              </ActionIcon>
              <ActionIcon variant="subtle" color="gray" aria-label={t('playground.demo.drop')} onClick={() => put(demo.examples.toSpliced(i, 1))}>
                <X size={14} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
      </div>
      <NumberInput label={t('playground.demo.idle')} min={5} max={3600} value={demo.idleSeconds} onChange={(value) => change({ idleSeconds: Math.max(5, Number(value)) })} />
      <Switch label={t('playground.demo.live')} description={t('playground.demo.liveHelp')} checked={demo.live} onChange={({ currentTarget: { checked } }) => change({ live: checked })} />
      <Group align="flex-end">
        <PasswordInput style={{ flex: 1 }} label={t('playground.demo.pin')} description={t(locked && pin === null ? 'playground.demo.pinKept' : 'playground.demo.pinHelp')} inputMode="numeric" maxLength={12} value={pin ?? ''} onChange={({ currentTarget: { value } }) => setPin(value.replaceAll(/\D/g, ''))} />
        {locked && pin !== '' && (
          <Button variant="default" onClick={() => setPin('')}>
            {t('playground.demo.clearPin')}
          </Button>
        )}
      </Group>
      {fault !== undefined && <FaultNote error={fault} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={() => void save().then((saved) => saved && isHere() && onClose())}>
          {t('playground.demo.save')}
        </Button>
        <Button disabled={demo.examples.length === 0} onClick={() => void start()}>
          {t('playground.demo.start')}
        </Button>
      </Group>
    </Stack>
  );
}
