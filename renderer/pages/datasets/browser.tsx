import { Button, TextInput } from '@mantine/core';
import { SearchX } from 'lucide-react';
import { type RefObject, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePageKeys } from '../../frame/page-keys.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { useTried } from '../../parts/tried.ts';
import { useDatasetActions } from './actions.tsx';
import { type Address, noFilter, useAddress } from './address.ts';
import css from './datasets.module.css';
import type { Go } from './dataset-list.tsx';
import { SampleList } from './sample-list.tsx';
import { SamplePanel } from './sample-panel.tsx';
import { useSamples } from './use-samples.ts';

type BrowserProps = { readonly dataset: number; readonly address: Address; readonly go: Go; readonly search: RefObject<HTMLInputElement | null>; readonly empty: boolean };

/** Samples in a list, with the one that is open beside it. */
export function Browser({ dataset, address, go, search, empty }: BrowserProps) {
  const { t } = useTranslation();
  const { view, sample, filter } = address;
  const actions = useDatasetActions();
  const tried = useTried();
  /** Leads on from the sample that is open, unless another one was opened meanwhile. */
  const [, goOn] = useAddress('sample');
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const samples = useSamples(dataset, filter, range);
  const [cursor, setCursor] = useState(0);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const key = JSON.stringify(filter);
  useEffect(() => {
    setCursor(0);
    setChosen(new Set());
  }, [key]);
  const total = samples.total ?? 0;

  const open = (ordinal: number | undefined, replace = false): void => go({ sample: ordinal }, replace);
  /** Keys may come faster than rows. */
  const wanted = useRef(0);
  const move = (to: number): Promise<void> => tried(async () => {
    if (total === 0) return;
    const index = Math.max(0, Math.min(total - 1, to));
    setCursor(index);
    wanted.current = index;
    if (sample === undefined) return;
    const row = samples.at(index) ?? (await samples.fetch(index));
    if (row && wanted.current === index) open(row.ordinal, true);
  });
  const openCursor = (): Promise<void> => tried(async () => open((samples.at(cursor) ?? (await samples.fetch(cursor)))?.ordinal));
  const toggle = (ordinal: number): void => setChosen((before) => (before.has(ordinal) ? new Set([...before].filter((each) => each !== ordinal)) : new Set([...before, ordinal])));
  const marked = (): readonly number[] => {
    const at = samples.at(cursor)?.ordinal;
    return chosen.size > 0 ? [...chosen] : sample !== undefined ? [sample] : at === undefined ? [] : [at];
  };
  const remove = (ordinals: readonly number[]): void => {
    if (ordinals.length === 0) return;
    const next = sample !== undefined && ordinals.includes(sample) ? samples.at(Math.min(total - 1, cursor + 1))?.ordinal : sample;
    void actions.removeSamples(dataset, ordinals, () => {
      setChosen((now) => new Set([...now].filter((each) => !ordinals.includes(each))));
      if (next !== sample) goOn({ sample: next === undefined || ordinals.includes(next) ? undefined : next }, true);
    });
  };
  usePageKeys({
    title: t('datasets.title'),
    keys: [
      { keys: ['j'], words: t('datasets.keys.next'), act: () => void move(cursor + 1) },
      { keys: ['k'], words: t('datasets.keys.before'), act: () => void move(cursor - 1) },
      { keys: ['Enter'], words: t('datasets.keys.open'), act: ({ target }) => { if (target === list.current || target === document.body) void openCursor(); else if (target instanceof HTMLElement) target.click(); } },
      { keys: ['Escape'], words: t('datasets.keys.close'), act: () => { if (sample !== undefined) open(undefined); else setChosen(new Set()); } },
      { keys: ['x'], words: t('datasets.keys.choose'), act: () => { const row = samples.at(cursor); if (row) toggle(row.ordinal); } },
      { keys: ['/'], words: t('datasets.keys.search'), act: () => search.current?.focus() },
      { keys: ['Delete'], words: t('datasets.keys.remove'), act: () => remove(marked()) },
    ],
  });
  if (samples.error && samples.total === undefined) return <div className={css.fault}><FaultNote error={samples.error} /></div>;
  return (
    <div className={css.body} data-open={sample !== undefined || undefined}>
      <div className={css.listPane}>
        {chosen.size > 0 && <Chosen count={chosen.size} onTag={(tag) => void actions.tag(dataset, [...chosen], tag, true)} onRemove={() => remove([...chosen])} onNone={() => setChosen(new Set())} />}
        {samples.total === 0 ? (
          empty ? <EmptyState icon={SearchX} title={t('datasets.noSamples.title')} text={t('datasets.noSamples.text')} /> : <EmptyState icon={SearchX} title={t('datasets.noMatch.title')} text={t('datasets.noMatch.text')} action={<Button variant="default" onClick={() => go(noFilter, true)}>{t('datasets.filter.clear')}</Button>} />
        ) : (
          <SampleList
            key={view} view={view === 'gallery' ? 'gallery' : 'table'} pane={list} samples={samples} narrow={sample !== undefined} cursor={cursor} open={sample} chosen={chosen} resetKey={key}
            onRange={(first, last) => setRange((before) => (before[0] === first && before[1] === last ? before : [first, last]))}
            onMove={(index) => void move(index)}
            onOpen={(index, ordinal) => { setCursor(index); wanted.current = index; open(ordinal); }}
            onToggle={toggle}
          />
        )}
      </div>
      {sample !== undefined && <SamplePanel key={sample} dataset={dataset} ordinal={sample} filter={filter} total={samples.total} onPlace={setCursor} onMove={(by) => void move(cursor + by)} onClose={() => open(undefined)} onRemove={() => remove([sample])} />}
    </div>
  );
}

/** What can be done with samples that are chosen. */
function Chosen({ count, onTag, onRemove, onNone }: { readonly count: number; readonly onTag: (tag: string) => void; readonly onRemove: () => void; readonly onNone: () => void }) {
  const { t } = useTranslation();
  const [tag, setTag] = useState('');
  return (
    <form
      className={css.chosen}
      onSubmit={(event) => {
        event.preventDefault();
        if (tag.trim() !== '') onTag(tag.trim());
        setTag('');
      }}
    >
      <b>{t('datasets.chosen', { count })}</b>
      <TextInput size="xs" w={160} aria-label={t('datasets.addTag')} placeholder={t('datasets.addTag')} maxLength={100} value={tag} onChange={({ currentTarget: { value } }) => setTag(value)} />
      <Button size="xs" variant="default" type="submit" disabled={tag.trim() === ''}>
        {t('datasets.tagThem')}
      </Button>
      <Button size="xs" variant="default" onClick={onRemove}>
        {t('datasets.delete')}
      </Button>
      <Button size="xs" variant="subtle" onClick={onNone}>
        {t('datasets.chooseNone')}
      </Button>
    </form>
  );
}
