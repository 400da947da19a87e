import { ActionIcon, Button, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { ArrowUpToLine, ClipboardCheck, Search, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { usePageKeys } from '../../../frame/page-keys.ts';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { whole } from '../../../parts/numbers.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { list, unlist, useParameters } from '../../train/address.ts';
import { ScorerChoice } from '../evaluate.tsx';
import one from '../one/one.module.css';
import { PagedList, usePaged } from '../paged.tsx';
import { titleOf } from '../published.ts';
import { type Row, policyWords, readScorer } from '../rows.ts';
import css from './compare.module.css';
import { ComparisonTable, type Kind, kinds } from './comparison-table.tsx';
import { Lanes } from './lanes.tsx';
import { PairLine } from './pair-line.tsx';

/** The first of the evaluations in the address against each of the others. */
export function ComparePage() {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const names = [...new Set(list(read('names')))].slice(0, 12);
  const scorer = readScorer(read('scorer'));
  const { data, error, refetch } = useEngine('evaluations.compare', { names, scorer }, { enabled: names.length > 1, keepPrevious: true });
  if (names.length < 2) return <EmptyState icon={ClipboardCheck} title={t('evaluate.comparing.few')} text={t('evaluate.comparing.fewText')} action={<Button component="a" href="#/evaluate" variant="default">{t('evaluate.one.back')}</Button>} />;
  if (error && !data) return <div className={one.fault}><FaultNote error={error} onRetry={() => void refetch()} /></div>;
  if (!data) return <div className={one.fault}><Skeleton height={180} mb="md" /><Skeleton height={360} /></div>;
  const { base, others } = data;
  const comparable = others.filter(({ figures }) => figures !== null);
  const shown = comparable.find(({ row }) => row.name === read('with')) ?? comparable[0];
  const kind = kinds.find((each) => each === read('kind')) ?? 'all';
  const without = (name: string): void => write({ names: unlist(names.filter((each) => each !== name)), with: '', kind: '', item: '' });
  return (
    <div className={one.page}>
      <header className={one.header}>
        <div className={one.heading}>
          <h1>{t('evaluate.comparing.title')}{t('frame.marks.colon')}{titleOf(base.benchmark)}</h1>
          <div className={one.facts}><a href={`#/evaluate?text=${encodeURIComponent(base.benchmark)}`}>{t('evaluate.one.back')}</a></div>
        </div>
        <ScorerChoice value={read('scorer')} onChange={(next) => write({ scorer: next })} />
      </header>
      <ComparisonTable
        base={base} others={others} chosen={shown && { name: shown.row.name, kind }}
        onChoose={(name, next) => write({ with: name, kind: next, item: '' })}
        extra={(row) => (
          <>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`${t('evaluate.comparing.swap')}${t('frame.marks.colon')}${row.name}`} title={t('evaluate.comparing.swap')} onClick={() => write({ names: unlist([row.name, ...names.filter((each) => each !== row.name)]), with: '', kind: '', item: '' })}><ArrowUpToLine size={14} /></ActionIcon>
            {names.length > 2 && <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('evaluate.comparing.remove', { name: row.name })} title={t('evaluate.comparing.remove', { name: row.name })} onClick={() => without(row.name)}><X size={14} /></ActionIcon>}
          </>
        )}
      />
      {shown && <Pairs key={`${base.name} ${shown.row.name} ${kind}`} base={base} other={shown.row} counts={shown.figures?.counts} kind={kind} />}
    </div>
  );
}

type Counts = Readonly<Record<Kind, number>>;

/** The items behind a number, and both trajectories of one of them. */
function Pairs({ base, other, counts, kind }: { readonly base: Row; readonly other: Row; readonly counts: Counts | undefined; readonly kind: Kind }) {
  const { t } = useTranslation();
  const [read, write] = useParameters();
  const scorer = readScorer(read('scorer'));
  const [text, setText] = useState(read('text'));
  const writeText = useDebouncedCallback((next: string) => write({ text: next }), 200);
  const search = useRef<HTMLInputElement>(null);
  const paged = usePaged('evaluations.compared', { before: base.name, after: other.name, scorer, kind, text: read('text') }, (page, signal) => engine.call('evaluations.compared', page, signal));
  const found = read('item') === '' ? -1 : paged.firstWhere(({ id }) => id === read('item'));
  const at = found >= 0 ? found : paged.total === undefined || paged.total === 0 ? -1 : 0;
  const pair = at < 0 ? undefined : paged.rowAt(at);
  const move = (by: number): void => {
    const next = paged.rowAt(Math.min((paged.total ?? 1) - 1, Math.max(0, at + by)));
    if (next) write({ item: next.id });
  };
  usePageKeys({
    title: t('frame.nav.evaluate'),
    keys: [
      { keys: ['j'], words: t('evaluate.comparing.keys.next'), act: () => move(1) },
      { keys: ['k'], words: t('evaluate.comparing.keys.before'), act: () => move(-1) },
      { keys: ['/'], words: t('evaluate.one.keys.find'), act: () => search.current?.focus() },
    ],
  });
  return (
    <div className={one.body}>
      <div className={one.side}>
        <div className={one.filters}>
          <TextInput ref={search} size="xs" aria-label={t('evaluate.one.find')} placeholder={t('evaluate.one.find')} leftSection={<Search size={13} />} value={text} onChange={({ currentTarget: { value } }) => {
            setText(value);
            writeText(value);
          }} />
          <div className={one.chips} role="group" aria-label={t('evaluate.comparing.pairs')}>
            {kinds.map((each) => (
              <button key={each} type="button" className={one.chip} aria-pressed={each === kind} onClick={() => write({ with: other.name, kind: each === 'all' ? '' : each, item: '' })}>
                {t(`evaluate.comparing.kind.${each}`)} <span>{whole(counts?.[each] ?? 0)}</span>
              </button>
            ))}
          </div>
        </div>
        {paged.error !== null && paged.error !== undefined ? <FaultNote error={paged.error} /> : <PagedList paged={paged} label={t('evaluate.comparing.pairs')} chosen={at} rowHeight={56} none={t('evaluate.comparing.noItems')} draw={(each) => <PairLine pair={each} />} onChoose={({ id }) => write({ item: id })} />}
      </div>
      <div className={one.detail}>
        {pair ? <Lanes key={pair.id} pair={pair} base={base} other={other} scorer={scorer} /> : <p className={css.none}>{paged.total === 0 ? t('evaluate.comparing.noItems') : visibleText(policyWords(other.policy).name)}</p>}
      </div>
    </div>
  );
}
