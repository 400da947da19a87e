import { Alert, Anchor, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { lineColour, useChartColours } from '../../../charts/colours.ts';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { bytes, duration } from '../../../parts/numbers.ts';
import { runPath } from '../address.ts';
import css from '../train.module.css';
import { Checks } from './checks.tsx';
import type { Field } from './fields.ts';
import { useLook } from './use-look.ts';
import { type Draft, type Json, read, textOf } from './values.ts';

type Told = Calls<AppContract>['runs.outlook']['output'];

/** What will happen: memory, time and disk, the checks with their verdicts, and the one way to begin. */
export function Outlook({ draft, faults, changed, onChange, onReset }: { readonly draft: Draft | undefined; readonly faults: readonly Field[]; readonly changed: number; readonly onChange: (key: string, value: Json) => void; readonly onReset: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [settled] = useDebouncedValue(draft, 400);
  const good = settled !== undefined && faults.length === 0;
  const { data, error } = useEngine('runs.outlook', { config: (settled ?? {}) as never }, { enabled: good, keepPrevious: true });
  const { data: status } = useEngine('app.status', undefined, { refetchMs: 3000 });
  const [starting, setStarting] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const busy = (status?.working.length ?? 0) > 0;
  const tooMuch = data?.memory !== null && data?.memory !== undefined && exceeds(data.memory);
  const look = useLook(draft);
  const refused = look.findings?.some((finding) => finding.status === 'problem') ?? false;
  const start = async (when: 'now' | 'queue'): Promise<void> => {
    setStarting(true);
    setFault(undefined);
    try {
      // What would not go is said first; who knows better starts it all the same. What waits is not looked at: its model
      // would need memory beside the run at work.
      if (when === 'now' && !look.findings && !(await look.begin())) {
        setStarting(false);
        return;
      }
      const { run } = await engine.call('runs.start', { config: draft as never, when });
      document.querySelector('#page')?.scrollTo(0, 0);
      await navigate(run === null ? { to: '/train', search: { tab: 'history' } } : { to: '/train/$run', params: { run }, search: {} });
    } catch (reason) {
      setFault(reason);
      setStarting(false);
    }
  };
  const ready = good && draft !== undefined && read(draft, 'model.folder') !== '';
  return (
    <section className={css.section}>
      <Title order={2} mb="sm">
        {t('train.outlook.title')}
      </Title>
      {error && good ? <FaultNote error={error} /> : data ? <Facts data={data} draft={settled ?? {}} onChange={onChange} /> : <Skeleton height={220} />}
      <Checks look={look} enabled={ready && !starting} />
      {fault !== undefined && (
        <div style={{ marginTop: 12 }}>
          <FaultNote error={fault} />
        </div>
      )}
      {faults.length > 0 && (
        <Alert variant="default" className={css.alarm} mt="md" p="sm">
          {t('train.outlook.faults', { count: faults.length, fields: faults.map(({ key }) => key).join(', ') })}
        </Alert>
      )}
      <Button fullWidth size="md" mt="lg" loading={starting && look.said === undefined} disabled={!ready || look.said !== undefined} {...((tooMuch || refused) && { variant: 'default' })} onClick={() => void start(busy ? 'queue' : 'now')}>
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
    </section>
  );
}

const kinds = ['weights', 'trained', 'caches', 'activations', 'programs'] as const;

/** Parts of a plan in five kinds, so that a bar can show them. */
function kindOf(name: string): (typeof kinds)[number] {
  if (/weights/.test(name)) return 'weights';
  if (/^adapter|gradients|moments/.test(name)) return 'trained';
  if (/keys and values/.test(name)) return 'caches';
  return /inputs of the layers|activations/.test(name) ? 'activations' : 'programs';
}

type Memory = NonNullable<Told['memory']>;
const exceeds = ({ peak, total }: Memory): boolean => total !== null && peak > total;

function Facts({ data: { memory, memoryUnknown, disk, time, changes }, draft, onChange }: { readonly data: Told; readonly draft: Draft; readonly onChange: (key: string, value: Json) => void }) {
  const { t } = useTranslation();
  const colours = useChartColours();
  const steps = Number(read(draft, 'steps') ?? 0);
  const sums = kinds.map((kind) => ({ kind, bytes: (memory?.parts ?? []).filter(({ name }) => kindOf(name) === kind).reduce((sum, part) => sum + part.bytes, 0) }));
  const whole = memory ? Math.max(memory.total ?? 0, memory.peak) : 1;
  const need = memory && t(`train.outlook.${memory.total === null ? 'unknownTotal' : exceeds(memory) ? (memory.where === 'memory' ? 'tooMuch' : 'tooMuchOfGpu') : 'ofMemory'}`, { peak: bytes(memory.peak), total: bytes(memory.total ?? 0) });
  return (
    <Stack gap="md">
      <div>
        <Text fw={600} size="sm">
          {t(memory?.where === 'device' ? 'train.outlook.gpuMemory' : 'train.outlook.memory')}
        </Text>
        {memory ? (
          <>
            <Text size="sm" mb={4} {...(exceeds(memory) && { c: 'var(--turn-error)' })}>
              {need}
            </Text>
            <div className={css.bar} role="img" aria-label={need ?? ''}>
              {sums.map(({ kind, bytes: size }, i) => (
                <span key={kind} style={{ width: `${(100 * size) / whole}%`, background: lineColour(colours, i) }} />
              ))}
            </div>
            <ul className={css.parts}>
              {sums.map(({ kind, bytes: size }, i) => (
                <li key={kind}>
                  <span className={css.dot} style={{ background: lineColour(colours, i) }} />
                  <span>{t(`train.outlook.kinds.${kind}`)}</span>
                  <span>{bytes(size)}</span>
                </li>
              ))}
            </ul>
            {changes.length > 0 && (
              <>
                <Text size="sm" mt="sm">
                  {t('train.outlook.changes')}
                </Text>
                {changes.map(({ key, value, peak }) => (
                  <Button key={key} size="compact-sm" variant="default" fullWidth mt={4} onClick={() => onChange(key, value)}>
                    {`${key} ${textOf(value)}: ${bytes(peak)}`}
                  </Button>
                ))}
              </>
            )}
          </>
        ) : (
          <Text size="sm" className="faint foreign">
            {memoryUnknown === '' ? t('train.outlook.noModelYet') : engineWords(memoryUnknown ?? '')}
          </Text>
        )}
      </div>
      <Fact title={t('train.outlook.time')} text={time ? t('train.outlook.measured', { each: duration(time.secondsPerStep), all: duration(time.secondsPerStep * steps) }) : t('train.outlook.unmeasured')}>
        {time && (
          <Anchor size="xs" href={runPath(time.run)}>
            {t('train.outlook.measuredIn', { run: time.run })}
          </Anchor>
        )}
      </Fact>
      {disk && <Fact title={t('train.outlook.disk')} text={t(disk.needed > disk.free ? 'train.outlook.diskFull' : 'train.outlook.ofDisk', { needed: bytes(disk.needed), each: bytes(disk.checkpoint), free: bytes(disk.free) })} />}
    </Stack>
  );
}

function Fact({ title, text, children }: { readonly title: string; readonly text: string; readonly children?: React.ReactNode }) {
  return (
    <div>
      <Text fw={600} size="sm">
        {title}
      </Text>
      <Text size="sm">{text}</Text>
      {children}
    </div>
  );
}
