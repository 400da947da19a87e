import { ActionIcon, Button, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useParams } from '@tanstack/react-router';
import { ChartBar, ClipboardCheck, Copy, Search } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EngineError } from '../../../../preload/rpc/connect.ts';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { usePageKeys } from '../../../frame/page-keys.ts';
import { engineWords, errorWords } from '../../../i18n/engine-words.ts';
import { Ago } from '../../../parts/ago.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { MiddleCut } from '../../../parts/middle-cut.tsx';
import { useNavigateFrom } from '../../../parts/navigate-from.ts';
import { whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { useParameters } from '../../train/address.ts';
import { useEvaluationActions } from '../actions.tsx';
import { Acts } from '../benchmark-table.tsx';
import { ScorerChoice } from '../evaluate.tsx';
import { PagedList, usePaged } from '../paged.tsx';
import { titleOf } from '../published.ts';
import { type Outcome, policyWords, readScorer } from '../rows.ts';
import { AskWho } from './ask.tsx';
import { Figures } from './figures.tsx';
import { ItemLine } from './item-line.tsx';
import { ItemView } from './item-view.tsx';
import css from './one.module.css';
import { outcomeOrder } from './outcomes.tsx';
import { Standing } from './standing.tsx';

export type Whole = Calls<AppContract>['evaluations.get']['output'];

/** One evaluation, by its name in the address. */
export function EvaluationPage() {
  const { t } = useTranslation();
  const { name } = useParams({ strict: false }) as { readonly name: string };
  const [read] = useParameters();
  const { data, error, refetch } = useEngine('evaluations.get', { name, scorer: readScorer(read('scorer')) }, { keepPrevious: true });
  if (error && !data) {
    const missing = error instanceof EngineError && error.code === 'BAD_INPUT';
    return missing
      ? <EmptyState icon={ClipboardCheck} title={t('evaluate.one.missing')} text={errorWords(error)} action={<Button component="a" href="#/evaluate" variant="default">{t('evaluate.one.back')}</Button>} />
      : <div className={css.fault}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  }
  if (!data || data.row.name !== name) return <div className={css.fault}><Skeleton height={64} mb="md" /><Skeleton height={140} mb="md" /><Skeleton height={320} /></div>;
  return <Shown key={name} whole={data} />;
}

function Shown({ whole: evaluation }: { readonly whole: Whole }) {
  const { t } = useTranslation();
  const navigate = useNavigateFrom();
  const [read, write] = useParameters();
  const actions = useEvaluationActions();
  const { row, folder, settings, ownScorer, counts } = evaluation;
  const { name, policy, benchmark, mode, data, prompts, origin, startedAt, scorer } = row;
  const outcome = outcomeOrder.find((each) => each === read('outcome'));
  const [text, setText] = useState(read('text'));
  const writeText = useDebouncedCallback((next: string) => write({ text: next }), 200);
  const search = useRef<HTMLInputElement>(null);
  const paged = usePaged('evaluations.items', { name, scorer: readScorer(read('scorer')), outcome: outcome ?? null, text: read('text') }, (page, signal) => engine.call('evaluations.items', page, signal));
  const item = /^\d{1,8}$/.test(read('item')) ? Number(read('item')) : undefined;
  const found = item === undefined ? -1 : paged.firstWhere(({ index }) => index === item);
  const shown = item ?? paged.rowAt(0)?.index;
  const at = item === undefined ? (paged.total === undefined || paged.total === 0 ? -1 : 0) : found;
  const choose = (index: number | undefined): void => {
    if (index !== undefined) write({ item: String(index) });
  };
  const move = (by: number): void => choose(paged.rowAt(Math.min((paged.total ?? 1) - 1, Math.max(0, at + by)))?.index);
  usePageKeys({
    title: t('frame.nav.evaluate'),
    keys: [
      { keys: ['j'], words: t('evaluate.one.keys.next'), act: () => move(1) },
      { keys: ['k'], words: t('evaluate.one.keys.before'), act: () => move(-1) },
      { keys: ['/'], words: t('evaluate.one.keys.find'), act: () => search.current?.focus() },
    ],
  });
  const figures = read('figures') !== 'no';
  const { kind, name: model } = policyWords(policy);
  return (
    <div className={css.page}>
      <header className={css.header}>
        <div className={css.heading}>
          <h1 className="foreign">{visibleText(model)}{kind && <span className={css.kind}>{t(`evaluate.policyKind.${kind}`)}</span>}</h1>
          <div className={css.facts}>
            <a href={`#/evaluate?text=${encodeURIComponent(benchmark)}`}>{titleOf(benchmark)}</a>
            {' · '}<span className={css.file}><MiddleCut text={visibleText(data)} /></span>
            {' · '}{origin === 'imported' ? t('evaluate.imported') : `${t(`evaluate.mode.${mode}`)} · ${t('evaluate.one.prompts', { name: prompts })}`}
            {' · '}{t('evaluate.one.counted', { scorer: t(`evaluate.scorer.${scorer}`) })}
            {' · '}<Ago time={startedAt} />
          </div>
          <Standing row={row} actions={actions} />
        </div>
        <div className={css.acts}>
          <ScorerChoice value={read('scorer')} onChange={(next) => write({ scorer: next })} />
          <Button size="xs" variant={figures ? 'light' : 'default'} leftSection={<ChartBar size={14} />} aria-pressed={figures} onClick={() => write({ figures: figures ? 'no' : '' })}>{t('evaluate.one.figures')}</Button>
          <AskWho whole={evaluation} />
          <Acts row={row} actions={actions} wide after={() => void navigate({ to: '/evaluate' })} />
        </div>
      </header>
      {figures && <Figures whole={evaluation} />}
      {figures && (
        <div className={css.foot}>
          {settings && <span className="foreign">{t('evaluate.one.settings', { steps: settings.steps, temperature: settings.temperature, tokens: settings.maxNewTokens, seed: settings.seed })} · {t('evaluate.one.code', { code: engineWords(settings.code) })} · {t('evaluate.one.search', { search: engineWords(settings.search) })}</span>}
          {scorer !== ownScorer && <span>{t('evaluate.one.ownScorer', { scorer: t(`evaluate.scorer.${ownScorer}`), other: t(`evaluate.scorer.${scorer}`) })}</span>}
          <span className={css.folder}>
            {t('evaluate.one.folder')}{t('frame.marks.colon')}<code className="foreign">{folder}</code>
            <ActionIcon size="xs" variant="subtle" color="gray" aria-label={t('evaluate.one.copyFolder')} title={t('evaluate.one.copyFolder')} onClick={() => void actions.copy(folder)}><Copy size={12} /></ActionIcon>
          </span>
        </div>
      )}
      <div className={css.body}>
        <div className={css.side}>
          <div className={css.filters}>
            <TextInput ref={search} size="xs" aria-label={t('evaluate.one.find')} placeholder={t('evaluate.one.find')} leftSection={<Search size={13} />} value={text} onChange={({ currentTarget: { value } }) => {
              setText(value);
              writeText(value);
            }} />
            <div className={css.chips} role="group" aria-label={t('evaluate.one.outcomes')}>
              <Chip outcome={undefined} count={outcomeOrder.reduce((sum, each) => sum + counts[each], 0)} pressed={outcome === undefined} onClick={() => write({ outcome: '', item: '' })} />
              {outcomeOrder.filter((each) => counts[each] > 0 || each === outcome).map((each) => <Chip key={each} outcome={each} count={counts[each]} pressed={outcome === each} onClick={() => write({ outcome: each, item: '' })} />)}
            </div>
          </div>
          {paged.error !== null && paged.error !== undefined ? <FaultNote error={paged.error} /> : <PagedList paged={paged} label={t('evaluate.one.items')} chosen={at} rowHeight={56} none={t(counts.right + counts.wrong + counts.unanswered + counts.invalid + counts.unscored === 0 ? 'evaluate.one.noneYet' : 'evaluate.one.noItems')} draw={(each) => <ItemLine item={each} />} onChoose={({ index }) => choose(index)} />}
        </div>
        <div className={css.detail}>{shown === undefined ? <p className={css.none}>{t(paged.total === 0 ? 'evaluate.one.noItems' : 'evaluate.one.choose')}</p> : <ItemView key={shown} name={name} index={shown} scorer={readScorer(read('scorer'))} imported={origin === 'imported'} />}</div>
      </div>
    </div>
  );
}

function Chip({ outcome, count, pressed, onClick }: { readonly outcome: Outcome | undefined; readonly count: number; readonly pressed: boolean; readonly onClick: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={css.chip} aria-pressed={pressed} onClick={onClick}>
      {t(`evaluate.one.outcome.${outcome ?? 'all'}`)} <span>{whole(count)}</span>
    </button>
  );
}
