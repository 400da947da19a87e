import { useTranslation } from 'react-i18next';
import { ForeignText } from './foreign-text.tsx';
import { partialParts } from './partial.ts';
import { Thought, TurnBlock } from './turn-block.tsx';
import css from './turns.module.css';

/** A turn that is being written: the same looks as a finished one, so that nothing jumps at its end. */
export function StreamingTurn({ text, number, doing }: { readonly text: string; readonly number: number; /** What is under way, in words. */ readonly doing: string }) {
  const { t } = useTranslation();
  const parts = partialParts(text);
  return (
    <section className={css.turn} aria-label={t('turns.underWay', { number })} aria-busy>
      {parts.map(({ kind, text: written, open }, i) =>
        kind === 'think' ? (
          <Thought key={i} text={written} open={open}>
            <div className={css.body}>
              <ForeignText text={written} className={open ? css.writing : undefined} />
            </div>
          </Thought>
        ) : (
          <TurnBlock key={i} kind={kind}>
            <div className={css.body}>
              <ForeignText text={written} mono={kind === 'code'} className={`${kind === 'answer' ? css.answer : ''} ${open ? css.writing : ''}`} />
            </div>
          </TurnBlock>
        ),
      )}
      <div className={css.doing} role="status">
        {doing}
      </div>
    </section>
  );
}
