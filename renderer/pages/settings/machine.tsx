import { Button, Group } from '@mantine/core';
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

/** What `arft doctor` says, and the one thing that the app can mend by itself. */
export function Machine() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data, isFetching } = useEngine('app.machine', {});
  const [making, setMaking] = useState<string>();
  const [fault, setFault] = useState<unknown>();
  const tried = useTried();
  const lookAgain = async (): Promise<void> => {
    client.setQueryData(engineKey('app.machine', {}), await engine.call('app.machine', { again: true }));
  };
  const makePython = async (): Promise<void> => {
    setFault(undefined);
    try {
      for await (const { label } of engine.stream('settings.setUpPython', undefined)) setMaking(label);
      await lookAgain();
    } catch (error) {
      setFault(error);
    } finally {
      setMaking(undefined);
    }
  };
  const lacksPython = data?.some(({ id, status }) => id === 'python' && status !== 'ok') ?? false;
  return (
    <Section
      id="machine"
      title={t('settings.machine.title')}
      help={t('settings.machine.help')}
      aside={
        <Group gap="sm">
          {lacksPython && (
            <Button size="compact-sm" disabled={making !== undefined} onClick={() => void makePython()}>
              {making === undefined ? t('settings.machine.python') : t('settings.machine.making', { label: engineWords(making) })}
            </Button>
          )}
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
