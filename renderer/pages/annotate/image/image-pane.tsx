import { ActionIcon, Button, SegmentedControl, TextInput } from '@mantine/core';
import { Crop, TextCursorInput, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import type { Editor, Opened } from '../edit/use-editor.ts';
import { useHeldText } from '../edit/use-held-text.ts';
import { Key } from '../key.tsx';
import { BoxStage } from './box-stage.tsx';
import { boxIn, boxText, namesBox, questionWithBox } from './box.ts';
import { EnlargeButton } from './enlarge-button.tsx';
import { ExchangeButton } from './exchange-button.tsx';
import css from './image.module.css';
import { IssueToggles } from './issue-toggles.tsx';
import { PictureStage } from './picture-stage.tsx';
import type { Exchange } from './use-exchange.ts';
import type { Faults } from './use-faults.ts';
import type { Strength } from './use-spoil.ts';

type ImagePaneProps = {
  readonly opened: Opened;
  readonly editor: Editor;
  readonly exchange: Exchange;
  /** The image before it was spoilt, where that is another. */
  readonly clean: string | undefined;
  readonly faults: Faults;
  readonly drawing: boolean;
  readonly onDrawing: (drawing: boolean) => void;
  readonly onEnlarge: () => void;
};

/** The image, what is wrong with it, the part that is asked for, and what kind of question it is. */
export function ImagePane({ opened: { sample }, editor, exchange, clean, faults, drawing, onDrawing, onEnlarge }: ImagePaneProps) {
  const { t } = useTranslation();
  const { box, task, question, split } = editor.fields;
  const image = editor.fields.image ?? undefined;
  const others = sample.images.slice(1);
  const [typed, type] = useHeldText(box, boxText, boxIn);
  return (
    <section className={css.pane} data-image-pane aria-label={t('annotate.image.label')}>
      <div className={css.large} aria-busy={faults.spoiling || exchange.busy} data-over={exchange.over || undefined} {...exchange.zone}>
        {drawing && image !== undefined ? <BoxStage image={image} box={box} onBox={(next) => editor.edit({ box: next && [...next] })} onEnd={() => onDrawing(false)} /> : <PictureStage image={image} clean={clean} boxes={box ? [box] : []} />}
      </div>
      {others.length > 0 && (
        <div className={css.others}>
          {others.map((reference, i) => (
            <ImageFigure key={reference} reference={reference} name={t('datasets.sample.image', { number: i + 2 })} side={56} />
          ))}
        </div>
      )}
      <div className={css.line}>
        <ExchangeButton exchange={exchange} isFirst={image === undefined} />
        {image !== undefined && <EnlargeButton onEnlarge={onEnlarge} />}
      </div>
      {exchange.fault !== undefined && <FaultNote error={exchange.fault} />}
      {image !== undefined && (
        <>
          <div className={css.line}>
            <Button size="compact-sm" variant={drawing ? 'filled' : 'default'} leftSection={<Crop size={14} aria-hidden />} rightSection={<Key keys="b" />} aria-pressed={drawing} aria-keyshortcuts="b" onClick={() => onDrawing(!drawing)}>
              {t(drawing ? 'annotate.box.done' : 'annotate.box.draw')}
            </Button>
            <TextInput size="xs" flex={1} miw={120} aria-label={t('annotate.box.field')} placeholder={t('annotate.box.empty')} value={typed} onChange={({ currentTarget: { value } }) => { const next = type(value); editor.edit({ box: next && [...next] }); }} />
            {box && !namesBox(question, box) && (
              <ActionIcon variant="default" aria-label={t('annotate.box.intoQuestion')} title={t('annotate.box.intoQuestion')} onClick={() => editor.edit({ question: questionWithBox(question, box) })}>
                <TextCursorInput size={14} />
              </ActionIcon>
            )}
            {box && (
              <ActionIcon variant="default" aria-label={t('annotate.box.remove')} title={t('annotate.box.remove')} onClick={() => editor.edit({ box: null })}>
                <X size={14} />
              </ActionIcon>
            )}
          </div>
          <p className={css.hint}>{drawing ? t('annotate.box.help') : exchange.busy ? t('annotate.image.exchanging') : faults.spoiling ? t('annotate.image.spoiling') : (exchange.said(image)?.map((sentence) => <span key={sentence}>{sentence} </span>) ?? t('annotate.image.help'))}</p>
          <IssueToggles label={t('annotate.image.issues')} issues={faults.issues} onChange={faults.spoil} />
          <div className={css.line}>
            <span className={css.name}>{t('annotate.image.strength')}</span>
            <SegmentedControl size="xs" aria-label={t('annotate.image.strength')} value={String(faults.strength)} onChange={(value) => faults.strengthen(Number(value) as Strength)} data={(['weak', 'medium', 'strong'] as const).map((name, i) => ({ value: String(i + 1), label: t(`annotate.image.strengths.${name}`) }))} />
            <Key keys="h" />
          </div>
        </>
      )}
      {faults.fault !== undefined && <FaultNote error={faults.fault} />}
      <div className={css.line}>
        <span className={css.name}>{t('annotate.task')}</span>
        <SegmentedControl size="xs" aria-label={t('annotate.task')} value={task} onChange={(value) => editor.edit({ task: value as 'coding' | 'search' })} data={(['coding', 'search'] as const).map((value) => ({ value, label: t(`datasets.kinds.${value}`) }))} />
        <Key keys="t" />
        <TextInput size="xs" flex={1} miw={88} aria-label={t('annotate.split')} placeholder={t('annotate.split')} value={split ?? ''} maxLength={200} onChange={({ currentTarget: { value } }) => editor.edit({ split: value === '' ? null : value })} />
      </div>
    </section>
  );
}
