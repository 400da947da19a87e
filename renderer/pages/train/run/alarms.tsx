import { Alert, Anchor, Text } from '@mantine/core';
import { TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import css from '../train.module.css';

/** The filter of rollouts that shows what an alarm is about. */
const filterOf: Readonly<Record<string, string>> = { zeroSpread: 'zeroSpread', truncated: 'truncated', invalid: 'invalid' };

/** What went wrong in a run, each kind once: how often, what it means, what to do. */
export function Alarms({ run, alarms }: { readonly run: string; readonly alarms: number }) {
  const { t, i18n } = useTranslation();
  const { data } = useEngine('runs.events', { run }, { enabled: alarms > 0 });
  const kinds = Map.groupBy((data ?? []).filter(({ kind }) => kind === 'alarm'), ({ name }) => name ?? '');
  return [...kinds].map(([name, all]) => {
    const last = all.at(-1);
    if (!last) return null;
    const filter = filterOf[name];
    const said = last.text === null ? null : engineWords(last.text);
    return (
      <Alert key={name} variant="default" className={css.alarm} mb="sm" icon={<TriangleAlert size={18} color="var(--scale-low)" />} title={t(`train.alarms.${name}.title` as never, { defaultValue: t('train.alarms.unknown') })}>
        <Text size="sm" className="foreign">
          {/* The log speaks English, with the figures of its step; an older version's words may be unknown in another language. */}
          {said !== null && (i18n.language === 'en' || said !== last.text) ? said : t(`train.alarms.${name}.text` as never, { defaultValue: last.text ?? '' })}
        </Text>
        <Text size="sm" mt={4}>
          {all.length === 1 ? t('train.alarms.once', { step: last.step }) : t('train.alarms.times', { count: all.length, from: all[0]?.step ?? 0, to: last.step })}{' '}
          <Anchor underline="always" href={`#/rollouts?run=${encodeURIComponent(run)}&step=${last.step}${filter === undefined ? '' : `&filter=${filter}`}`} size="sm">
            {t('train.alarms.show')}
          </Anchor>
        </Text>
      </Alert>
    );
  });
}
