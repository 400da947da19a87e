import { Button, Group, Text, useComputedColorScheme } from '@mantine/core';
import CodeMirror, { EditorView } from '@uiw/react-codemirror';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import css from '../train.module.css';
import type { Draft } from './values.ts';

/** The configuration as YAML, to read, to copy and to write. */
export function TextView({ draft, onApply }: { readonly draft: Draft; readonly onApply: (draft: Draft) => void }) {
  const { t } = useTranslation();
  const scheme = useComputedColorScheme();
  const { data, error } = useEngine('runs.toYaml', { config: draft as never }, { keepPrevious: true });
  const [text, setText] = useState('');
  const [fault, setFault] = useState<unknown>();
  useEffect(() => setText(data?.text ?? ''), [data]);
  const apply = async (): Promise<void> => {
    try {
      const { config } = await engine.call('runs.fromYaml', { text });
      setFault(undefined);
      onApply(config as unknown as Draft);
    } catch (reason) {
      setFault(reason);
    }
  };
  return (
    <section className={css.section}>
      <Text size="sm" className="faint" mb="sm">
        {t('train.form.textHint')}
      </Text>
      {error && <FaultNote error={error} />}
      <CodeMirror value={text} onChange={setText} theme={scheme} height="max(280px, calc(100vh - 400px))" extensions={[EditorView.contentAttributes.of({ 'aria-label': t('train.form.text') }), EditorView.lineWrapping]} indentWithTab={false} />
      {fault !== undefined && (
        <div style={{ marginTop: 12 }}>
          <FaultNote error={fault} />
        </div>
      )}
      <Group justify="flex-end" mt="md">
        <Button variant="default" disabled={text === (data?.text ?? '')} onClick={() => setText(data?.text ?? '')}>
          {t('train.form.discard')}
        </Button>
        <Button disabled={text === (data?.text ?? '')} onClick={() => void apply()}>
          {t('train.form.apply')}
        </Button>
      </Group>
    </section>
  );
}
