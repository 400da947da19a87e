import { useTranslation } from 'react-i18next';
import { engineWords } from '../../../i18n/engine-words.ts';
import { whole } from '../../../parts/numbers.ts';
import { published } from '../published.ts';
import type { Whole } from './evaluation-page.tsx';
import { IntervalChart } from './interval-chart.tsx';
import type { Part } from '../rows.ts';
import css from './one.module.css';
import { OutcomeBar } from './outcomes.tsx';

/** Without a part that is the whole. */
const telling = (parts: readonly Part[]): readonly Part[] => parts.filter(({ name, n }) => name === 'all' || n < (parts[0]?.n ?? 0)).slice(0, 4);

const endings = ['answered', 'stepLimit', 'tokenLimit', 'timeLimit', 'invalid'] as const;

/** What an evaluation says in all: figures with intervals, what became of the items, how tools were used. */
export function Figures({ whole: { row, counts, tools, usage, endings: ended, notes } }: { readonly whole: Whole }) {
  const { t } = useTranslation();
  const reference = published.find(({ benchmark }) => benchmark === row.benchmark);
  return (
    <div className={css.figures}>
      <section className={css.card} aria-label={t('evaluate.one.figures')}>
        <h2>{t('evaluate.one.scores')}</h2>
        {row.parts.length === 0 ? <p className="faint">{t('evaluate.noFigures')}</p> : <IntervalChart parts={telling(row.parts)} reference={reference} />}
        {reference && row.parts.length > 0 && <p className={css.small}><i className={css.publishedKey} aria-hidden /> {reference.name}{t('frame.marks.comma')}{t('evaluate.published')}</p>}
        {notes.map((note) => <p key={note} className={css.small}>{engineWords(note)}</p>)}
      </section>
      <section className={css.card} aria-label={t('evaluate.one.outcomes')}>
        <h2>{t('evaluate.one.outcomes')}</h2>
        <OutcomeBar counts={counts} />
      </section>
      {tools && (
        <section className={css.card} aria-label={t('evaluate.one.tools')}>
          <h2>{t('evaluate.one.tools')}</h2>
          <dl className={css.facts2}>
            <Fact name={t('evaluate.one.itemsWithTools')} value={whole(tools.itemsWithTools)} />
            <Fact name={t('evaluate.one.steps')} value={whole(tools.steps)} />
            <Fact name={t('evaluate.one.codeRuns')} value={whole(tools.codeRuns)} more={tools.codeErrors > 0 ? `${whole(tools.codeErrors)} ${t('evaluate.one.codeErrors')}` : undefined} />
            <Fact name={t('evaluate.one.searches')} value={whole(tools.searches)} more={tools.emptySearches > 0 ? `${whole(tools.emptySearches)} ${t('evaluate.one.emptySearches')}` : undefined} />
            <Fact name={t('evaluate.one.invalidCompletions')} value={whole(tools.invalidCompletions)} />
            {Object.entries(ended).filter(([kind]) => kind !== 'answered').map(([kind, count]) => <Fact key={kind} name={t(`evaluate.one.ending.${endings.find((each) => each === kind) ?? 'invalid'}`)} value={whole(count)} />)}
            {usage && usage.promptTokens > 0 && <Fact name={t('evaluate.one.usage')} value={t('evaluate.one.tokens', { read: whole(usage.promptTokens), written: whole(usage.completionTokens) })} more={usage.cost > 0 ? t('evaluate.one.cost', { cost: usage.cost.toFixed(2) }) : undefined} />}
          </dl>
        </section>
      )}
    </div>
  );
}

const Fact = ({ name, value, more }: { readonly name: string; readonly value: string; readonly more?: string | undefined }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}{more !== undefined && <span className="faint">, {more}</span>}</dd>
  </div>
);
