import { Alert, Anchor, Button, Group, Skeleton, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import css from '../train.module.css';
import { Checks } from './checks.tsx';
import { Facts, exceeds } from './facts.tsx';
import { labelOf } from './field-words.ts';
import type { Field } from './fields.ts';
import { useLook } from './use-look.ts';
import { useStart } from './use-start.tsx';
import { type Draft, type Json, read } from './values.ts';

/** What will happen: memory, time and disk, the checks with their verdicts, and the one way to begin. */
export function Outlook({ draft, faults, changed, onChange, onReset }: { readonly draft: Draft | undefined; readonly faults: readonly Field[]; readonly changed: number; readonly onChange: (key: string, value: Json) => void; readonly onReset: () => void }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(draft, 400);
  const good = settled !== undefined && faults.length === 0;
  const { data, error } = useEngine('runs.outlook', { config: (settled ?? {}) as never }, { enabled: good && settled === draft, keepPrevious: true });
  const { data: status } = useEngine('app.status', undefined, { refetchMs: 3000 });
  const busy = (status?.working.length ?? 0) > 0;
  const tooMuch = data?.memory !== null && data?.memory !== undefined && exceeds(data.memory);
  const look = useLook(draft);
  const refused = look.findings?.some((finding) => finding.status === 'problem') ?? false;
  const { starting, fault, start } = useStart(draft, look);
  const ready = good && draft !== undefined && read(draft, 'model.folder') !== '';
  return (
    <section className={css.outlook}>
      <div className={css.outlookBody}>
        <Title order={2} mb="sm">
          {t('train.outlook.title')}
        </Title>
        {error && good ? <FaultNote error={error} /> : data ? <Facts data={data} draft={settled ?? {}} onChange={onChange} /> : <Skeleton height={220} />}
        <Checks look={look} enabled={ready && !starting} />
      </div>
      <div className={css.begin}>
        {fault !== undefined && (
          <div style={{ marginBottom: 12 }}>
            <FaultNote error={fault} />
          </div>
        )}
        {faults.length > 0 && (
          <Alert variant="default" className={css.alarm} mb="sm" p="sm">
            {t('train.outlook.faults', { count: faults.length, fields: faults.map((field) => labelOf(t, field)).join(t('frame.marks.between')) })}
          </Alert>
        )}
        <Button fullWidth size="md" loading={starting && look.said === undefined} disabled={!ready || look.said !== undefined} {...((tooMuch || refused) && { variant: 'default' })} onClick={() => void start(busy ? 'queue' : 'now')}>
          {t(look.said !== undefined ? 'train.outlook.checking' : read(draft ?? {}, 'model.folder') === '' ? 'train.outlook.noModel' : refused ? 'train.outlook.allTheSame' : busy ? 'train.outlook.queue' : tooMuch ? 'train.outlook.startAnyway' : 'train.outlook.start')}
        </Button>
        {busy && (
          <Text size="sm" className="faint" mt="xs">
            {t('train.outlook.busy', { run: status?.working[0]?.run ?? '' })}{' '}
            <Anchor component="button" size="sm" disabled={!ready || starting} onClick={() => void start('now')}>
              {t('train.outlook.beside')}
            </Anchor>
          </Text>
        )}
        <Group justify="space-between" mt="sm" mih={24}>
          <Text size="sm" className="faint">
            {changed === 0 ? t('train.form.unchanged') : t('train.form.changed', { count: changed })}
          </Text>
          {changed > 0 && (
            <Button variant="subtle" size="compact-sm" onClick={onReset}>
              {t('train.form.reset')}
            </Button>
          )}
        </Group>
      </div>
    </section>
  );
}
