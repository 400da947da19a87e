import { ActionIcon, Button, Group, Menu, Progress, Text, TextInput, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { Archive, ArchiveRestore, ClipboardCheck, CopyPlus, Ellipsis, FolderOutput, MessagesSquare, OctagonX, Pencil, Pin, PinOff, Play, Square, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { percent, rewardFigure } from '../../../charts/figures.ts';
import { engine } from '../../../connection/engine.ts';
import { Ago } from '../../../parts/ago.tsx';
import { Dialog } from '../../../parts/dialog.tsx';
import { duration, tookText } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { useRunActions } from '../actions.tsx';
import { useParameters } from '../address.ts';
import { StatusBadge } from '../status-badge.tsx';
import css from '../train.module.css';
import type { RunData } from './curves.tsx';
import { useTrained } from './trained.ts';

/** A run's name, how far it is, and what can be done with it. */
export function RunHeader({ data: { row, config, secondsLeft } }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [, write] = useParameters();
  const actions = useRunActions();
  const [stopping, setStopping] = useState(false);
  const [renaming, rename] = useDisclosure(false);
  const { name, title, status, step, steps, reward, bestF1, bestStep, startedAt, endedAt, pinned, archived } = row;
  const took = tookText(startedAt, endedAt);
  const stop = (now: boolean): void => {
    setStopping(true);
    void actions.stop(name, now).finally(() => setStopping(false));
  };
  const { adapters, ask, evaluate } = useTrained(name);
  const adapter = adapters.find((each) => each.step === bestStep) ?? adapters[0];
  const resumable = status === 'stopped' || status === 'interrupted' || status === 'failed';
  return (
    <header className={css.header}>
      <div className={css.named}>
        <Group gap="4px 8px">
          <Title order={1} className={`${css.runTitle} foreign`}>
            {visibleText(title)}
          </Title>
          <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('train.rename')} onClick={rename.open}>
            <Pencil size={14} />
          </ActionIcon>
          <StatusBadge status={status} />
          {row.tags.map((tag) => (
            <Text key={tag} size="xs" className={css.tag}>
              {visibleText(tag)}
            </Text>
          ))}
        </Group>
      </div>
      <Group gap="sm" wrap="nowrap">
        {status === 'running' && (
          <Button variant="default" leftSection={<Square size={12} fill="currentColor" />} loading={stopping} onClick={() => stop(false)} title={t('train.stopHint')}>
            {t('train.stop')}
          </Button>
        )}
        {resumable && (
          <Button leftSection={<Play size={14} />} onClick={() => void actions.resume(name)}>
            {t('train.resume')}
          </Button>
        )}
        {status !== 'running' && step > 0 && config?.parameters.kind === 'lora' && (
          <Button variant={status === 'finished' ? 'filled' : 'default'} leftSection={<ClipboardCheck size={14} />} disabled={!adapter} title={adapter && t('train.evaluateHint', { step: adapter.step })} onClick={() => adapter && evaluate(adapter.folder)}>
            {t('train.evaluate')}
          </Button>
        )}
        <Button variant="default" leftSection={<CopyPlus size={14} />} onClick={() => actions.duplicate(name)}>
          {t('train.duplicate')}
        </Button>
        <Menu position="bottom-end" shadow="md">
          <Menu.Target>
            <ActionIcon variant="default" size={36} aria-label={t('train.moreActions')}>
              <Ellipsis size={16} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {status === 'running' && (
              <Menu.Item leftSection={<OctagonX size={15} />} onClick={() => stop(true)}>
                {t('train.stopNow')}
              </Menu.Item>
            )}
            {adapter && (
              <Menu.Item leftSection={<MessagesSquare size={15} />} onClick={() => ask(adapter.folder)}>
                {t('train.ask')}
              </Menu.Item>
            )}
            <Menu.Item leftSection={<FolderOutput size={15} />} onClick={() => write({ view: 'checkpoints' }, false)}>
              {t('train.exportAdapter')}
            </Menu.Item>
            <Menu.Item leftSection={pinned ? <PinOff size={15} /> : <Pin size={15} />} onClick={() => void actions.annotate([name], { pinned: !pinned })}>
              {t(pinned ? 'train.unpin' : 'train.pin')}
            </Menu.Item>
            <Menu.Item leftSection={archived ? <ArchiveRestore size={15} /> : <Archive size={15} />} onClick={() => void actions.annotate([name], { archived: !archived })}>
              {t(archived ? 'train.unarchive' : 'train.archive')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item
              color="red"
              disabled={status === 'running'}
              leftSection={<Trash2 size={15} />}
              onClick={() => {
                void actions.remove([name]);
                void navigate({ to: '/train', search: { tab: 'history' } });
              }}
            >
              {t('train.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      <Group gap="2px 16px" className={css.facts}>
        {title !== name && <span className="foreign">{visibleText(name)}</span>}
        <span>
          {t('train.facts.step', { step, steps })}
          <Progress value={(100 * step) / Math.max(1, steps)} size={4} w={96} ml={8} aria-label={t('train.facts.step', { step, steps })} style={{ display: 'inline-block', verticalAlign: 'middle' }} />
        </span>
        {reward !== null && <span>{t('train.facts.reward', { reward: rewardFigure(reward) })}</span>}
        {bestF1 !== null && <span>{t('train.facts.best', { f1: percent(bestF1), step: bestStep ?? 0 })}</span>}
        {secondsLeft !== null && secondsLeft >= 1 && status === 'running' && <span>{t('train.facts.left', { time: duration(secondsLeft) })}</span>}
        {startedAt !== null && (
          <span>
            {t('train.facts.started')} <Ago time={startedAt} />
          </span>
        )}
        {took !== null && <span>{t('train.facts.took', { time: took })}</span>}
      </Group>
      {renaming && <RenameDialog run={name} title={title} onClose={rename.close} />}
    </header>
  );
}

function RenameDialog({ run, title, onClose }: { readonly run: string; readonly title: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { tried } = useRunActions();
  const [name, setName] = useState(title);
  const save = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    void tried(async () => void (await engine.call('runs.rename', { run, title: name })));
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={t('train.rename')}>
      <form onSubmit={save}>
        <TextInput label={t('train.name')} description={t('train.renameHint', { run })} value={name} maxLength={120} data-autofocus onChange={(event) => setName(event.currentTarget.value)} />
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={onClose}>
            {t('train.cancel')}
          </Button>
          <Button type="submit" disabled={name.trim() === ''}>
            {t('train.save')}
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
