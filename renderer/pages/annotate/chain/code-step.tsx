import { Button } from '@mantine/core';
import { Play } from 'lucide-react';
import { type Ref, Suspense, lazy, useImperativeHandle, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Observation } from '../../../../main/records/trajectory.ts';
import { engine } from '../../../connection/engine.ts';
import { sendKeys } from '../../../frame/keys.ts';
import type { CodeEditorProps } from '../../../parts/code-editor.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { ImageCompare } from '../../../parts/image-compare.tsx';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import { ObservationView } from '../../../parts/turns/observation-view.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import { Key } from '../key.tsx';
import { unfenced } from './chain.ts';
import css from './chain.module.css';
import { type StepProps, bodyId } from './step-fields.tsx';

const CodeEditor = lazy(async () => ({ default: await fetchCodeEditor().then((part) => part.CodeEditor, () => PlainEditor) }));

/** Fetches the editor; before it is wanted, it is there at once. */
export const fetchCodeEditor = () => import('../../../parts/code-editor.tsx');

type Run = { readonly code: string; readonly image: string | undefined; readonly seen: Extract<Observation, { kind: 'code' }> };

/** What a step does when Ctrl or ⌘ and Enter is pressed anywhere in it. */
export type Runs = { readonly run: () => void };

const [lineHeight, fewest, most] = [19.6, 4, 16];

const linesOf = (code: string): number => Math.min(most, Math.max(fewest, code.split('\n').length));
/** In pixels of the page. */
const heightOf = (lines: number): number => Math.round(lineHeight * lines + 10);

/** In place of the editor while it is fetched, and where that fails. */
const PlainEditor = ({ value, onChange, label, focused = false }: CodeEditorProps) => (
  <textarea className={css.plain} style={{ height: heightOf(linesOf(value)) }} aria-label={label} autoFocus={focused} value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)} />
);

/** Code, run where the agent's code runs, on the image that this step looks at. */
export function CodeStep({ i, step, image, onChange, runs, focused }: StepProps & { readonly runs: Ref<Runs>; readonly focused: boolean }) {
  const { t } = useTranslation();
  const [last, setLast] = useState<Run>();
  const [running, setRunning] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const now = useRef({ body: step.body, image });
  now.current = { body: step.body, image };
  const run = async (): Promise<void> => {
    if (running) return;
    setRunning(true);
    setFault(undefined);
    try {
      const code = step.body;
      const seen = { kind: 'code' as const, ...(await engine.call('playground.runCode', { code: unfenced(code), image: image ?? null })) };
      setLast({ code, image, seen });
      // The image that the agent sees next, unless the code, or what it ran on, is another by now.
      if (seen.status === 'ok' && seen.outputs.length > 0 && now.current.body === code && now.current.image === image) onChange({ result: seen.outputs.at(-1)?.image ?? null });
    } catch (error) {
      setFault(error);
    } finally {
      setRunning(false);
    }
  };
  useImperativeHandle(runs, () => ({ run: () => void run() }));
  const stale = last !== undefined && (last.code !== step.body || last.image !== image);
  const editor = { value: step.body, onChange: (body: string) => { if (body !== step.body) onChange({ body }); }, label: t('annotate.chain.code', { number: i + 1 }), onRun: () => void run(), heights: [heightOf(fewest), heightOf(most)], focused } as const;
  const others = last && !stale ? last.seen.outputs.filter(({ image: each }) => each !== step.result) : [];
  return (
    <>
      <div id={bodyId(i)} className={css.code} style={{ minHeight: heightOf(linesOf(step.body)) }}>
        <Suspense fallback={<PlainEditor {...editor} />}>
          <CodeEditor {...editor} />
        </Suspense>
      </div>
      <div className={css.row}>
        <Button size="compact-sm" variant="light" leftSection={<Play size={13} aria-hidden />} rightSection={<Key keys={sendKeys} />} disabled={running || step.body.trim() === ''} onClick={() => void run()}>
          {t(running ? 'annotate.chain.running' : 'annotate.chain.run')}
        </Button>
        <span className={css.hint} role="status">
          {stale ? t('annotate.chain.stale') : last && last.seen.status === 'ok' && last.seen.outputs.length === 0 ? t('annotate.chain.noImage') : !last && !step.result ? t('annotate.chain.codeHelp') : ''}
        </span>
      </div>
      {fault !== undefined && <FaultNote error={fault} />}
      {last ? <ObservationView observation={last.seen} image={last.image} /> : step.result !== null && (image === undefined ? <ImageFigure reference={step.result} name={t('annotate.chain.result')} /> : <ImageCompare before={image} after={step.result} height={160} captions={['', t('annotate.chain.result')]} />)}
      {others.map(({ name, image: reference }) => (
        <Button key={reference} size="compact-xs" variant="default" onClick={() => onChange({ result: reference })}>
          {t('annotate.chain.useImage', { name: visibleText(name) })}
        </Button>
      ))}
    </>
  );
}
