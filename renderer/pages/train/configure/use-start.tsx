import { Anchor } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { engineWords, errorWords } from '../../../i18n/engine-words.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import { runPath } from '../address.ts';
import type { Look, Seen } from './use-look.ts';
import { type Draft, read, textOf } from './values.ts';

type Start = { readonly starting: boolean; readonly fault: unknown; readonly start: (when: 'now' | 'queue') => Promise<void> };

/** The one way to begin. What was started goes on when the page is left; how that ended is then told by a notice. */
export function useStart(draft: Draft | undefined, look: Look): Start {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const start = async (when: 'now' | 'queue'): Promise<void> => {
    const form = location.hash;
    const refuse = (why: string): string => notifications.show({ autoClose: false, color: 'red', title: t('train.outlook.notBegun', { run: textOf(read(draft ?? {}, 'name')) }), message: <>{why} <Anchor size="sm" href={form}>{t('train.outlook.backToForm')}</Anchor></> });
    setStarting(true);
    setFault(undefined);
    try {
      // What would not go is said first; who knows better starts it all the same. What waits is not looked at: its model
      // would need memory beside the run at work.
      const seen = when === 'now' && !look.findings ? await look.begin(true) : { ready: true, findings: [] };
      if (!seen?.ready) {
        setStarting(false);
        if (seen && !isHere()) refuse(reasons(seen));
        return;
      }
      const { run } = await engine.call('runs.start', { config: draft as never, when });
      if (!isHere()) {
        notifications.show({ message: run === null ? t('train.outlook.waits') : <Anchor size="sm" href={runPath(run)}>{t('train.outlook.begun', { run })}</Anchor> });
        return;
      }
      document.querySelector('#page')?.scrollTo(0, 0);
      await navigate(run === null ? { to: '/train', search: { tab: 'history' } } : { to: '/train/$run', params: { run }, search: {} });
    } catch (reason) {
      setFault(reason);
      setStarting(false);
      if (!isHere()) refuse(errorWords(reason));
    }
  };
  return { starting, fault, start };
}

const reasons = ({ findings, fault }: Seen): string => (fault === undefined ? findings.filter(({ status }) => status === 'problem').map(({ detail }) => engineWords(detail)).join(' ') : errorWords(fault));
