import { Button } from '@mantine/core';
import { Send } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSettled } from '../../../connection/hooks.ts';
import { sendKeys, submitKeys } from '../../../frame/keys.ts';
import { type PageKey, usePageKeys } from '../../../frame/page-keys.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useViewer } from '../../../parts/image-viewer.tsx';
import { imageIssues } from '../../../parts/sample-names.ts';
import { ChainEditor, stepKinds, useChain } from '../chain/chain-editor.tsx';
import { fetchCodeEditor } from '../chain/code-step.tsx';
import { DeskBar } from '../desk-bar.tsx';
import { exchangeId } from '../image/exchange-button.tsx';
import { ImagePane } from '../image/image-pane.tsx';
import { viewed } from '../image/picture-stage.tsx';
import { useExchange } from '../image/use-exchange.ts';
import { useFaults } from '../image/use-faults.ts';
import type { Strength } from '../image/use-spoil.ts';
import { Key } from '../key.tsx';
import { useFieldKeys } from '../use-field-keys.ts';
import type { Ways } from '../use-ways.ts';
import css from '../workplace.module.css';
import { Lacking, answersId, goToLack, questionId } from './lacking.tsx';
import { RefusedNote } from './refused-note.tsx';
import { StateNote } from './state-note.tsx';
import { TextFields } from './text-fields.tsx';
import { type Opened, fieldsOf, useEditor } from './use-editor.ts';
import { useSubmit } from './use-submit.ts';

type EditDeskProps = { readonly dataset: number; readonly opened: Opened; readonly me: string; readonly ways: Ways; readonly flush: RefObject<() => Promise<boolean>> };

/** A sample under an annotator's hands. */
export function EditDesk({ dataset, opened: asked, me, ways, flush }: EditDeskProps) {
  const { t } = useTranslation();
  const editor = useEditor(dataset, asked, me);
  const { opened } = editor;
  const { sample, lacks, annotation } = opened;
  const image = editor.fields.image ?? undefined;
  const clean = image === sample.images[0] ? sample.cleanImage : undefined;
  const exchange = useExchange(editor, ways);
  const [drawing, draw] = useState(false);
  const drawBox = (): void => draw(true);
  const faults = useFaults(dataset, me, editor, drawBox);
  const chain = useChain(editor, faults.issues, image);
  const { submit, submitting } = useSubmit(dataset, me, editor, ways, drawBox);
  const view = useViewer();
  const { fields, saving } = editor;
  useEffect(() => {
    flush.current = editor.flush;
    return () => void (flush.current = () => Promise.resolve(true));
  });
  useEffect(() => {
    if (drawing) document.querySelector<HTMLElement>('[data-box-stage]')?.focus();
  }, [drawing]);
  const settled = useSettled();
  useEffect(() => {
    if (settled) void fetchCodeEditor().catch(() => {}); // a plain field does as well
  }, [settled]);
  // What is written next takes back the word about what was undone.
  const { say } = ways;
  useEffect(() => {
    if (saving.state === 'saving') say('');
  }, [saving.state, say]);

  const focus = (id: string) => (): void => document.querySelector<HTMLElement>(`#${id}`)?.focus();
  const always: readonly PageKey[] = [{ keys: ['mod + shift + Enter'], shown: submitKeys, words: t('annotate.keys.submit'), act: () => void submit() }];
  usePageKeys({
    title: t('annotate.title'),
    keys: [
      { keys: ['q'], words: t('annotate.keys.question'), act: focus(questionId) },
      { keys: ['a'], words: t('annotate.keys.answers'), act: focus(answersId) },
      { keys: ['b'], words: t('annotate.keys.box'), act: () => draw(image !== undefined && !drawing) },
      { keys: ['z'], words: t('annotate.keys.enlarge'), act: () => view.open() },
      { keys: ['i'], words: t('annotate.keys.exchange'), act: () => document.querySelector<HTMLElement>(`#${exchangeId}`)?.click() },
      { keys: imageIssues.map((_, i) => String(i + 1)), shown: `1–${imageIssues.length}`, words: t('annotate.keys.issues'), act: ({ key }) => faults.toggle(Number(key) - 1) },
      { keys: ['h'], words: t('annotate.keys.strength'), act: () => faults.strengthen(((faults.strength % 3) + 1) as Strength) },
      { keys: ['t'], words: t('annotate.keys.task'), act: () => editor.edit({ task: fields.task === 'coding' ? 'search' : 'coding' }) },
      { keys: ['u'], words: t('annotate.keys.usual'), act: chain.usual },
      ...stepKinds.map(([kind, key, shown]): PageKey => ({ keys: [key], shown: shown.length === 1 ? shown.toLowerCase() : shown, words: t(`annotate.keys.add.${kind}`), act: () => chain.add(kind) })),
      { keys: ['w'], words: t('annotate.keys.nextStep'), act: chain.next },
      // What these do is done by the step that has the focus.
      { keys: ['mod + Enter'], shown: sendKeys, words: t('annotate.keys.run'), act: () => {} },
      { keys: ['alt + PageUp', 'alt + PageDown'], shown: 'Alt PgUp PgDn', words: t('annotate.keys.move'), act: () => {} },
      { keys: ['alt + Delete'], shown: 'Alt Del', words: t('annotate.keys.remove'), act: () => {} },
      { keys: ['alt + 1'], shown: 'Alt 1–9', words: t('annotate.keys.passages'), act: () => {} },
      ...always,
      { keys: ['Escape'], words: t('annotate.keys.leave'), act: () => draw(false) },
    ],
  });
  const fieldKeys = useFieldKeys(always);
  const names = { shown: t('annotate.image.shown'), clean: t('annotate.image.clean') };
  return (
    <div className={css.desk} onKeyDownCapture={fieldKeys} onBlur={() => void editor.flush()}>
      <DeskBar opened={opened} ways={ways} said={saving.state === 'saved' && ways.said !== '' ? ways.said : t(`annotate.saving.${saving.state}`)}>
        <Button size="xs" leftSection={<Send size={14} aria-hidden />} rightSection={<Key keys={submitKeys} />} aria-keyshortcuts="Control+Shift+Enter" disabled={submitting} onClick={() => void submit()}>
          {t('annotate.submit.action')}
        </Button>
      </DeskBar>
      <div className={css.panes}>
        <ImagePane opened={opened} editor={editor} exchange={exchange} clean={clean} faults={faults} drawing={drawing} onDrawing={draw} onEnlarge={() => view.open()} />
        <div className={css.form} role="region" aria-label={t('annotate.form')} tabIndex={0}>
          {saving.state === 'failed' && <FaultNote error={saving.fault} onRetry={() => void editor.flush()} />}
          {saving.refused.map((field) => <RefusedNote key={field} field={field} mine={fields} theirs={fieldsOf(opened)} onSettle={(whose) => editor.settle(field, whose)} />)}
          <StateNote annotation={annotation} />
          <Lacking lacks={lacks} onGo={(lack) => goToLack(lack, fields.steps, drawBox)} />
          <TextFields editor={editor} />
          <ChainEditor chain={chain} task={fields.task} />
        </div>
      </div>
      {view.viewer(viewed(image, clean, fields.box ? [fields.box] : [], names))}
    </div>
  );
}
