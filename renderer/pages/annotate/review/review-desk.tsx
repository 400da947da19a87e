import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { sendKeys } from '../../../frame/keys.ts';
import { type PageKey, usePageKeys } from '../../../frame/page-keys.ts';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import { useViewer } from '../../../parts/image-viewer.tsx';
import { imageIssues } from '../../../parts/sample-names.ts';
import { DeskBar } from '../desk-bar.tsx';
import type { Opened } from '../edit/use-editor.ts';
import { EnlargeButton } from '../image/enlarge-button.tsx';
import { withIssue } from '../image/issues.ts';
import { PictureStage, viewed } from '../image/picture-stage.tsx';
import { useFieldKeys } from '../use-field-keys.ts';
import type { Ways } from '../use-ways.ts';
import workplace from '../workplace.module.css';
import { BlindForm } from './blind-form.tsx';
import { VerdictForm } from './verdict-form.tsx';
import css from './review.module.css';
import { useBlind } from './use-blind.ts';

type ReviewDeskProps = { readonly dataset: number; readonly opened: Opened; readonly me: string; readonly ways: Ways };

/** A sample that somebody else submitted: first the reviewer's own answer, then the annotation, then the verdict. */
export function ReviewDesk({ dataset, opened, me, ways }: ReviewDeskProps) {
  const { t } = useTranslation();
  const { sample, ordinal } = opened;
  const [image, ...others] = sample.images;
  const [blind, change, forget] = useBlind(dataset, ordinal, me);
  const [busy, setBusy] = useState(false);
  const answer = useRef<HTMLTextAreaElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const view = useViewer();
  const show = (): void => {
    if (blind.answer.trim() === '') answer.current?.focus();
    else if (!blind.shown) change({ shown: true });
  };
  const judge = (verdict: 'accepted' | 'returned'): Promise<void> => ways.tried(async () => {
    if (busy || !blind.shown) return;
    if (verdict === 'returned' && blind.note.trim() === '') return note.current?.focus();
    setBusy(true);
    try {
      const { next } = await engine.call('annotate.review', { dataset, ordinal, author: me, answer: blind.answer.trim(), issues: [...blind.issues], verdict, note: verdict === 'returned' ? blind.note.trim() : '' });
      forget();
      ways.say(t(next === null ? `annotate.review.last.${verdict}` : `annotate.review.done.${verdict}`, { number: opened.index + 1 }));
      if (next !== null && ways.isOpen(ordinal)) ways.open(next);
    } finally {
      setBusy(false);
    }
  });
  const always: readonly PageKey[] = [{ keys: ['mod + Enter'], shown: sendKeys, words: t('annotate.keys.show'), act: ({ target }) => { if (target === note.current) void judge('returned'); else show(); } }];
  usePageKeys({
    title: t('annotate.title'),
    keys: [
      { keys: ['a'], words: t('annotate.keys.ownAnswer'), act: () => answer.current?.focus() },
      { keys: imageIssues.map((_, i) => String(i + 1)), shown: `1–${imageIssues.length}`, words: t('annotate.keys.ownIssues'), act: ({ key }) => { const issue = imageIssues[Number(key) - 1]; if (issue && !blind.shown) change({ issues: withIssue(blind.issues, issue) }); } },
      { keys: ['z'], words: t('annotate.keys.enlarge'), act: () => view.open() },
      ...always,
      { keys: ['y'], words: t('annotate.keys.accept'), act: () => void judge('accepted') },
      { keys: ['n'], words: t('annotate.keys.return'), act: () => note.current?.focus() },
      { keys: ['Escape'], words: t('annotate.keys.leave'), act: () => {} },
    ],
  });
  const fieldKeys = useFieldKeys(always);
  const boxes = blind.shown && sample.box ? [sample.box] : [];
  const clean = blind.shown ? sample.cleanImage : undefined;
  return (
    <div className={workplace.desk} onKeyDownCapture={fieldKeys}>
      <DeskBar opened={opened} ways={ways} said={ways.said} />
      <div className={workplace.panes}>
        <section className={css.imagePane} aria-label={t('annotate.image.label')}>
          <div className={css.large}>
            <PictureStage image={image} clean={clean} boxes={boxes} />
          </div>
          <div className={css.others}>
            {others.map((reference, i) => (
              <ImageFigure key={reference} reference={reference} name={t('datasets.sample.image', { number: i + 2 })} side={56} />
            ))}
            {image !== undefined && <EnlargeButton onEnlarge={() => view.open()} />}
          </div>
        </section>
        <div className={workplace.form} role="region" aria-label={t('annotate.form')} tabIndex={0}>
          {blind.shown ? (
            <VerdictForm opened={opened} blind={blind} busy={busy} note={note} onNote={(words) => change({ note: words })} onJudge={(verdict) => void judge(verdict)} />
          ) : (
            <BlindForm question={sample.question} annotator={opened.annotation.annotator} withImage={image !== undefined} blind={blind} field={answer} onChange={change} onShow={show} />
          )}
        </div>
      </div>
      {view.viewer(viewed(image, clean, boxes, { shown: t('annotate.image.shown'), clean: t('annotate.image.clean') }))}
    </div>
  );
}
