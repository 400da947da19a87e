import { Button, Group, Stack, Text } from '@mantine/core';
import { Suspense, lazy, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Observation } from '../../../main/records/trajectory.ts';
import { engine } from '../../connection/engine.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { ObservationView } from '../../parts/turns/observation-view.tsx';

const CodeEditor = lazy(async () => ({ default: (await import('../../parts/code-editor.tsx')).CodeEditor }));

type RunCodeProps = { readonly code: string; readonly image: string | undefined; readonly onClose: () => void };

/** The user's own code in the agent's sandbox, beginning with what the model wrote. */
export function RunCode({ code, image, onClose }: RunCodeProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(code);
  const [running, setRunning] = useState(false);
  const [result, setResult] = useState<Observation>();
  const [fault, setFault] = useState<unknown>();
  const run = async (): Promise<void> => {
    setRunning(true);
    setFault(undefined);
    try {
      setResult({ kind: 'code', ...(await engine.call('playground.runCode', { code: text, image: image ?? null })) });
    } catch (error) {
      setFault(error);
    } finally {
      setRunning(false);
    }
  };
  return (
    <Dialog onClose={onClose} size="xl" title={t('playground.code.title')}>
      <Stack gap="sm">
        <Text size="sm" className="faint">
          {t('playground.code.help')}
        </Text>
        <Suspense fallback={<div style={{ height: 260 }} />}>
          <CodeEditor value={text} onChange={setText} label={t('playground.code.editor')} onRun={() => void run()} />
        </Suspense>
        <Group>
          <Button onClick={() => void run()} disabled={running}>
            {t(running ? 'playground.code.running' : 'playground.code.run')}
          </Button>
          <Button variant="default" onClick={() => setText(code)} disabled={text === code}>
            {t('playground.code.again')}
          </Button>
        </Group>
        {fault !== undefined && <FaultNote error={fault} />}
        {result && <ObservationView observation={result} image={image} />}
      </Stack>
    </Dialog>
  );
}
