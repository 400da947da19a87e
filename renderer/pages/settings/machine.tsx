import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { Check, CircleHelp, Minus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import { engineWords } from '../../i18n/engine-words.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useTried } from '../../parts/tried.ts';
import { Section } from './section.tsx';
import css from './settings.module.css';

const icons = { ok: Check, lacking: X, optional: Minus, unknown: CircleHelp, elsewhere: Minus } as const;

/** What `arft doctor` says, and what the app can mend by itself. */
export function Machine() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, isFetching } = useEngine('app.machine', {});
  const tried = useTried();
  const lookAgain = async (): Promise<void> => {
    client.setQueryData(engineKey('app.machine', {}), await engine.call('app.machine', { again: true }));
  };
  const { making, fault, make } = useSetUp(lookAgain);
  const mend = (call: SetUp, title: string, done?: string) => (
    <Button key={call} size="compact-sm" disabled={making !== undefined} onClick={() => void make(call, done)}>
      {making?.call === call ? t('settings.machine.making', { label: engineWords(making.label) }) : title}
    </Button>
  );
  return (
    <Section
      id="machine"
      title={t('settings.machine.title')}
      help={t('settings.machine.help')}
      aside={
        <Group gap="sm">
          {data?.some(({ id, status }) => id === 'python' && status !== 'ok') && mend('settings.setUpPython', t('settings.machine.python'))}
          {data?.some(({ fetch }) => fetch === 'cuda') && mend('settings.fetchCuda', t('settings.machine.cuda'), t('settings.machine.cudaReady'))}
          <Button variant="default" size="compact-sm" disabled={isFetching} onClick={() => void tried(lookAgain, 'app.machine')}>
            {t('settings.machine.again')}
          </Button>
        </Group>
      }
    >
      {fault !== undefined && <FaultNote error={fault} />}
      {!data && <p className={css.help}>{t('settings.machine.looking')}</p>}
      {data?.filter(({ status }) => status !== 'elsewhere').map((check) => <CheckRow key={check.id} {...check} />)}
      {data?.some(({ status }) => status === 'elsewhere') && (
        <details className={css.elsewhere}>
          <summary>{t('settings.machine.showElsewhere')}</summary>
          {data.filter(({ status }) => status === 'elsewhere').map((check) => <CheckRow key={check.id} {...check} />)}
        </details>
      )}
    </Section>
  );
}

type SetUp = 'settings.setUpPython' | 'settings.fetchCuda';

/** What is fetched once: which, and how far that is; `done` is said at the end. One at a time. */
function useSetUp(lookAgain: () => Promise<void>) {
  const [making, setMaking] = useState<{ readonly call: SetUp; readonly label: string }>();
  const [fault, setFault] = useState<unknown>();
  const make = async (call: SetUp, done?: string): Promise<void> => {
    setFault(undefined);
    try {
      for await (const { label } of engine.stream(call, undefined)) setMaking({ call, label });
      await lookAgain();
      if (done !== undefined) notifications.show({ message: done, autoClose: false });
    } catch (error) {
      setFault(error);
    } finally {
      setMaking(undefined);
    }
  };
  return { making, fault, make };
}

function CheckRow({ id, title, status, detail, remedy }: Calls<AppContract>['app.machine']['output'][number]) {
  const { t } = useTranslation();
  const Icon = icons[status];
  return (
    <div className={css.row}>
      <span>{t(`settings.machine.titles.${id}` as never, { defaultValue: engineWords(title) })}</span>
      <span className={css.detail}>
        {engineWords(detail)}
        {remedy !== undefined && <div style={{ color: 'var(--mantine-color-text)' }}>{engineWords(remedy)}</div>}
      </span>
      <span className={css.status} data-status={status}>
        <Icon size={14} aria-hidden />
        {t(`settings.machine.${status}`)}
      </span>
    </div>
  );
}
