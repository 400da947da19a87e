import { ActionIcon } from '@mantine/core';
import { ArrowDown, ArrowUp, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { kindIcons } from '../../../parts/turns/kinds.ts';
import { Key } from '../key.tsx';
import css from './chain.module.css';
import { CodeStep, type Runs } from './code-step.tsx';
import { SearchStep } from './search-step.tsx';
import { BodyField, type StepProps, ThinkField } from './step-fields.tsx';

type StepCardProps = StepProps & {
  readonly count: number;
  /** It was just added: writing begins in it. */
  readonly focused: boolean;
  readonly onFocused: () => void;
  readonly onMove: (by: number) => void;
  readonly onRemove: () => void;
};

/** A step of the chain: a thought, and an action of its kind's colour. */
export function StepCard({ count, focused, onFocused, onMove, onRemove, ...props }: StepCardProps) {
  const { i, step: { kind } } = props;
  const { t } = useTranslation();
  const card = useRef<HTMLElement>(null);
  const runs = useRef<Runs>(null);
  const Icon = kindIcons[kind];
  // Only as it appears: another step may come to its place.
  const [fresh] = useState(focused);
  useEffect(() => {
    if (!fresh) return;
    focusStep(i);
    onFocused();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  // Before the editor sees them: it has keys of its own for some.
  const keys = (event: KeyboardEvent): void => {
    const { key, altKey, ctrlKey, metaKey, shiftKey, code } = event;
    const digit = /^Digit([1-9])$/.exec(code)?.[1];
    const passage = digit && card.current?.querySelector<HTMLInputElement>(`[data-passage="${digit}"]`);
    if (key === 'Enter' && (ctrlKey || metaKey) && !shiftKey && !altKey) runs.current?.run();
    else if (!altKey || ctrlKey || metaKey || shiftKey) return;
    else if (key === 'PageUp') onMove(-1);
    else if (key === 'PageDown') onMove(1);
    else if (key === 'Delete') onRemove();
    else if (passage) passage.click();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section ref={card} className={css.card} data-kind={kind} data-step={i} aria-label={t('annotate.chain.step', { number: i + 1, kind: t(`annotate.chain.kinds.${kind}`) })} onKeyDownCapture={keys}>
      <div className={css.head}>
        <Icon size={15} aria-hidden />
        <span className={css.kind}>{t(`annotate.chain.kinds.${kind}`)}</span>
        <span className={css.number}>{t('datasets.sample.step', { number: i + 1 })}</span>
        <span className={css.tools}>
          {/* Shown while the card is worked in, in the order of the buttons. */}
          <span className={css.cardKeys}>
            <Key keys="Alt PgUp" />
            <Key keys="PgDn" />
            <Key keys="Del" />
          </span>
          <CardButton label={t('annotate.chain.up')} keys="Alt PgUp" shortcut="Alt+PageUp" disabled={i === 0} onPress={() => onMove(-1)} icon={<ArrowUp size={14} />} />
          <CardButton label={t('annotate.chain.down')} keys="Alt PgDn" shortcut="Alt+PageDown" disabled={i === count - 1} onPress={() => onMove(1)} icon={<ArrowDown size={14} />} />
          <CardButton label={t('annotate.chain.remove')} keys="Alt Del" shortcut="Alt+Delete" disabled={false} onPress={onRemove} icon={<X size={14} />} />
        </span>
      </div>
      <ThinkField {...props} />
      {kind === 'code' ? <CodeStep {...props} runs={runs} focused={fresh} /> : kind === 'search' ? <SearchStep {...props} runs={runs} /> : <BodyField {...props} />}
    </section>
  );
}

type CardButtonProps = { readonly label: string; readonly keys: string; readonly shortcut: string; readonly disabled: boolean; readonly onPress: () => void; readonly icon: React.ReactNode };

const CardButton = ({ label, keys, shortcut, disabled, onPress, icon }: CardButtonProps) => (
  <ActionIcon size="sm" variant="subtle" color="gray" aria-label={label} aria-keyshortcuts={shortcut} title={`${label}  ${keys}`} disabled={disabled} onClick={onPress}>
    {icon}
  </ActionIcon>
);

/** Puts the focus where step i is written. */
export function focusStep(i: number): void {
  const card = document.querySelector<HTMLElement>(`[data-step="${i}"]`);
  const field = card?.querySelector<HTMLElement>(`textarea[id^="annotate-step"], [id^="annotate-step"] [contenteditable="true"]`);
  card?.scrollIntoView({ block: 'nearest' });
  field?.focus();
}
