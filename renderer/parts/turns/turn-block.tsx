import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type TurnKind, kindIcons } from './kinds.ts';
import css from './turns.module.css';
import { Visible } from './foreign-text.tsx';
import { firstLine } from './visible.ts';

type TurnBlockProps = {
  readonly kind: TurnKind;
  /** Beside the name of the kind: figures, controls. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
};

/** A part of what the model wrote: the colour of its kind, its icon and name. */
export function TurnBlock({ kind, aside, children }: TurnBlockProps) {
  const { t } = useTranslation();
  const Icon = kindIcons[kind];
  return (
    <div className={css.block} data-kind={kind}>
      <div className={css.head}>
        <Icon size={15} aria-hidden />
        <span className={css.kind}>{t(`turns.kind.${kind}`)}</span>
        <span className={css.aside}>{aside}</span>
      </div>
      {children}
    </div>
  );
}

/** A thought, folded to its first line. */
export function Thought({ text, children, open = false }: { readonly text: string; readonly children: ReactNode; readonly open?: boolean }) {
  const { t } = useTranslation();
  const Icon = kindIcons.think;
  return (
    <details className={css.block} data-kind="think" open={open}>
      <summary className={css.head}>
        <Icon size={15} aria-hidden />
        <span className={css.kind}>{t('turns.kind.think')}</span>
        <span className={`${css.gist} foreign`}>
          <Visible text={firstLine(text)} />
        </span>
      </summary>
      {children}
    </details>
  );
}
