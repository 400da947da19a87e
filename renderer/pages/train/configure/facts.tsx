import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { lineColour, useChartColours } from '../../../charts/colours.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import { bytes, duration } from '../../../parts/numbers.ts';
import { runPath } from '../address.ts';
import css from '../train.module.css';
import { type Draft, type Json, read, textOf } from './values.ts';

type Told = Calls<AppContract>['runs.outlook']['output'];

const kinds = ['weights', 'trained', 'caches', 'activations', 'programs'] as const;

type Memory = NonNullable<Told['memory']>;
export const exceeds = ({ peak, total }: Memory): boolean => total !== null && peak > total;

/** Memory, time and disk of the run. */
export function Facts({ data: { memory, memoryUnknown, disk, time, changes }, draft, onChange }: { readonly data: Told; readonly draft: Draft; readonly onChange: (key: string, value: Json) => void }) {
  const { t } = useTranslation();
  const colours = useChartColours();
  const steps = Number(read(draft, 'steps') ?? 0);
  const sums = kinds.map((kind) => ({ kind, bytes: (memory?.parts ?? []).filter((part) => part.kind === kind).reduce((sum, part) => sum + part.bytes, 0) }));
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
