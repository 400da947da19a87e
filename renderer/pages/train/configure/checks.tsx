import { Button, Group, Stack, Text } from '@mantine/core';
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engineWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { once } from '../../../parts/once.ts';
import css from '../train.module.css';
import type { Finding, Look } from './use-look.ts';

const marks = { ok: { icon: CircleCheck, colour: 'var(--turn-answer)' }, warning: { icon: TriangleAlert, colour: 'var(--scale-low)' }, problem: { icon: CircleX, colour: 'var(--turn-error)' } } as const;

/** What begins and what cancels stand in one place: the second press of a double click does not undo the first. */
const turn = (act: () => void): void => void once('train.look', async () => act());

/** A few real episodes before the run: what was looked at, and what it says. */
export function Checks({ look: { said, findings, fault, begin, cancel }, enabled }: { readonly look: Look; readonly enabled: boolean }) {
  const { t } = useTranslation();
  return (
    <div style={{ marginTop: 16 }}>
      <Group justify="space-between" mb={4}>
        <Text fw={600} size="sm">
          {t('train.outlook.checks')}
        </Text>
        {said === undefined ? (
          <Button size="compact-sm" variant="default" disabled={!enabled} onClick={() => turn(() => void begin())}>
            {t(findings ? 'train.outlook.lookAgain' : 'train.outlook.look')}
          </Button>
        ) : (
          <Button size="compact-sm" variant="default" onClick={() => turn(cancel)}>
            {t('train.cancel')}
          </Button>
        )}
      </Group>
      {said !== undefined && (
        <Text size="sm" className="faint" role="status">
          {said === '' ? t('train.outlook.looking') : t('train.outlook.lookingAt', { what: said })}
        </Text>
      )}
      {said === undefined && !findings && fault === undefined && (
        <Text size="sm" className="faint">
          {t('train.outlook.checksText')}
        </Text>
      )}
      {fault !== undefined && <FaultNote error={fault} />}
      {findings && <Findings findings={findings} />}
    </div>
  );
}

/** What is to be looked at, then all that is good in one line, which opens. */
function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const good = findings.filter(({ status }) => status === 'ok');
  return (
    <>
      <FindingList findings={findings.filter(({ status }) => status !== 'ok')} />
      {good.length > 0 && (
        <details className={css.passed}>
          <summary>
            <CircleCheck size={16} color={marks.ok.colour} aria-hidden />
            {t('train.outlook.passed', { count: good.length })}
          </summary>
          <FindingList findings={good} />
        </details>
      )}
    </>
  );
}

function FindingList({ findings }: { readonly findings: readonly Finding[] }) {
  const { t } = useTranslation();
  if (findings.length === 0) return null;
  return (
    <Stack gap={6} role="list">
      {findings.map(({ title, status, detail }) => {
        const { icon: Icon, colour } = marks[status];
        return (
          <Group key={title} gap={8} wrap="nowrap" align="flex-start" role="listitem">
            <Icon size={16} color={colour} style={{ flex: 'none', marginTop: 2 }} aria-label={t(`train.outlook.verdicts.${status}`)} />
            <div style={{ minWidth: 0 }}>
              <Text size="sm" fw={500}>
                {t(`train.outlook.findings.${title.replace(' ', '_')}` as never, { defaultValue: title })}
              </Text>
              <Text size="xs" className="faint foreign">
                {engineWords(detail)}
              </Text>
            </div>
          </Group>
        );
      })}
    </Stack>
  );
}
