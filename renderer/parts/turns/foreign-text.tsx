import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bytes } from '../numbers.ts';
import css from './turns.module.css';
import { headOf, visiblePieces } from './visible.ts';

/** What one click unfolds: more at once would hold the page up. */
const portion = 100 * 1024;

/** Text of somebody else, with marks for the characters that would act. */
export function Visible({ text }: { readonly text: string }) {
  return visiblePieces(text).map(({ text: each, mark }, i) =>
    mark === undefined ? each : (
      <span key={i} className={css.mark} title={mark}>
        {each}
      </span>
    ),
  );
}

type ForeignTextProps = {
  readonly text: string;
  readonly mono?: boolean;
  /** How much is shown at first. */
  readonly characters?: number;
  readonly lines?: number;
  readonly className?: string | undefined;
};

/** A text of a model, a tool or a data set: never markup, and a long one folded with its size. */
export function ForeignText({ text, mono = false, characters = 2000, lines = 24, className }: ForeignTextProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(0);
  const head = shown === 0 ? headOf(text, characters, lines) : headOf(text, shown, Number.POSITIVE_INFINITY);
  const rest = text.length - head.length;
  return (
    <div className={`foreign ${mono ? css.mono : ''} ${className ?? ''}`} dir="auto">
      <Visible text={head} />
      {(rest > 0 || shown > 0) && (
        <div className={css.fold}>
          {rest > 0 && (
            <Button size="compact-xs" variant="default" onClick={() => setShown(head.length + portion)}>
              {rest > portion ? t('turns.showPart', { part: bytes(portion), rest: bytes(sizeOf(text.slice(head.length))) }) : t('turns.showRest', { rest: bytes(sizeOf(text.slice(head.length))) })}
            </Button>
          )}
          {shown > 0 && (
            <Button size="compact-xs" variant="default" onClick={() => setShown(0)}>
              {t('turns.fold')}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}

const sizeOf = (text: string): number => new Blob([text]).size;
