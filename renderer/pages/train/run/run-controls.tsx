import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Archive, ArchiveRestore, ClipboardCheck, CopyPlus, Ellipsis, FolderOutput, MessagesSquare, OctagonX, Pin, PinOff, Play, Square, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useRunActions } from '../actions.tsx';
import { useParameters } from '../address.ts';
import type { RunData } from './curves.tsx';
import { type Trained, useTrained } from './trained.ts';

/** What can be done with a run: what is next for it as buttons, the rest in a menu. */
export function RunControls({ data: { row, config } }: { readonly data: RunData }) {
  const { t } = useTranslation();
  const actions = useRunActions();
  const [stopping, setStopping] = useState(false);
  const { name, status, step, bestStep } = row;
  const stop = (now: boolean): void => {
    setStopping(true);
    void actions.stop(name, now).finally(() => setStopping(false));
  };
  const { adapters, ask, evaluate } = useTrained(name);
  const adapter = adapters.find((each) => each.step === bestStep) ?? adapters[0];
  const resumable = status === 'stopped' || status === 'interrupted' || status === 'failed';
  return (
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
      <RunMenu row={row} adapter={adapter} onAsk={ask} onStopNow={() => stop(true)} />
    </Group>
  );
}

type RunMenuProps = { readonly row: RunData['row']; /** The best checkpoint, or the last one. */ readonly adapter: Trained | undefined; readonly onAsk: (adapter: string) => void; readonly onStopNow: () => void };

function RunMenu({ row: { name, status, pinned, archived }, adapter, onAsk, onStopNow }: RunMenuProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [, write] = useParameters();
  const actions = useRunActions();
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={t('train.moreActions')}>
          <Ellipsis size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {status === 'running' && (
          <Menu.Item leftSection={<OctagonX size={15} />} onClick={onStopNow}>
            {t('train.stopNow')}
          </Menu.Item>
        )}
        {adapter && (
          <Menu.Item leftSection={<MessagesSquare size={15} />} onClick={() => onAsk(adapter.folder)}>
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
  );
}
