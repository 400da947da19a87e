import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../../preload/contract.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { AskLink } from '../../../parts/ask-link.tsx';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import { AnswerBody } from '../../../parts/turns/answer-body.tsx';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { TrajectoryTurns } from '../../../parts/turns/trajectory-turns.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import { PartName } from '../benchmark-table.tsx';
import type { Scorer } from '../rows.ts';
import css from './one.module.css';

type Item = Calls<AppContract>['evaluations.item']['output'];

/** An item: what was asked, and what was done about it. */
export function ItemView({ name, index, scorer, imported }: { readonly name: string; readonly index: number; readonly scorer: Scorer | null; readonly imported: boolean }) {
  const { data, error, refetch } = useEngine('evaluations.item', { name, index, scorer });
  if (error) return <div className={css.fault}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (!data) return <div className={css.fault}><Skeleton height={88} mb="lg" /><Skeleton height={160} mb="sm" /><Skeleton height={120} /></div>;
  return (
    <article className={css.item}>
      <ItemAsked item={data} imported={imported} />
      <ItemTurns item={data} imported={imported} />
    </article>
  );
}

/** The question with its images and the answers that count as right. */
export function ItemAsked({ item: { id, asked }, imported }: { readonly item: Item; readonly imported: boolean }) {
  const { t } = useTranslation();
  const silent = imported || asked?.question === '';
  return (
    <header className={css.asked}>
      {asked && asked.images.length > 0 && <div className={css.images}>{asked.images.slice(0, 4).map((reference, i) => <ImageFigure key={reference + i} reference={reference} name={t('evaluate.one.image', { number: i + 1 })} side={112} />)}</div>}
      <div className={css.askedText}>
        <div className={css.about}>
          <bdi>{visibleText(id)}</bdi>
          {asked?.split && <span><PartName name={asked.split} /></span>}
          {asked && !silent && <span style={{ marginLeft: 'auto' }}><AskLink asked={asked} /></span>}
        </div>
        {asked && !silent && <ForeignText text={asked.question} className={css.question} lines={8} characters={1200} />}
        {silent && <p className={css.small}>{t('evaluate.one.noImportQuestion')}</p>}
        {!asked && <p className={css.small}>{t('evaluate.one.noQuestion')}</p>}
        {asked && (
          <div className={css.golds}>
            <span className="faint">{t('evaluate.one.gold')}</span>
            {asked.answers.length === 0 ? <span className="faint">{t('evaluate.one.noGold')}</span> : asked.answers.slice(0, 8).map((answer, i) => <ForeignText key={i} text={answer} characters={200} lines={2} className={css.goldAnswer} />)}
          </div>
        )}
      </div>
    </header>
  );
}

/** Its turns; of a prediction only the answer. */
export function ItemTurns({ item: { asked, trajectory, score }, imported }: { readonly item: Item; readonly imported: boolean }) {
  const { t } = useTranslation();
  if (!imported) return <TrajectoryTurns trajectory={trajectory} images={asked?.images ?? []} gold={asked?.answers} score={score} />;
  const { ending } = trajectory;
  return ending.kind === 'answered' ? <AnswerBody answer={ending.answer} gold={asked?.answers} score={score} /> : <p className="faint">{t('evaluate.one.noAnswer')}</p>;
}
