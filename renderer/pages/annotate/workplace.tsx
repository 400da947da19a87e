import { Button, SegmentedControl } from '@mantine/core';
import { Database, Download, ImagePlus, UserRound } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine, useSettled } from '../../connection/hooks.ts';
import { askAhead } from '../../connection/queries.ts';
import { DatasetTitle } from '../../parts/dataset-title.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import type { Address, Go } from './address.ts';
import { Desk } from './desk.tsx';
import { Key } from './key.tsx';
import { NewSamplesDialog } from './new-samples-dialog.tsx';
import { Agreement } from './review/agreement.tsx';
import { SampleList } from './sample-list.tsx';
import { useRows } from './use-rows.ts';
import { exportAddress, useWays } from './use-ways.ts';
import { WhoDialog } from './who-dialog.tsx';
import { useWho } from './who.ts';
import css from './workplace.module.css';

/** One dataset under the hands of annotators and reviewers. */
export function Workplace({ dataset, address, go }: { readonly dataset: number; readonly address: Address; readonly go: Go }) {
  const { t } = useTranslation();
  const { sample, state, view } = address;
  const { data: sets, error } = useEngine('annotate.list', undefined);
  const [me, setMe] = useWho();
  const [asking, ask] = useState(false);
  const [range, setRange] = useState<readonly [number, number]>([0, 40]);
  const rows = useRows(dataset, state, range);
  const opened = useEngine('annotate.open', { dataset, ordinal: sample ?? 0 }, { enabled: sample !== undefined });
  const flush = useRef<() => Promise<boolean>>(() => Promise.resolve(true));
  const ways = useWays(dataset, address, go, rows, opened.data?.index, flush);
  const set = sets?.find((each) => each.dataset === dataset);

  // Without a sample in the address: where work is left, the most urgent first.
  const { counts } = rows;
  const begin = sample === undefined && counts !== undefined;
  useEffect(() => {
    if (!begin) return undefined;
    let current = true;
    const urgent = state ?? (['returned', 'draft', 'new', null] as const).find((each) => each === null || counts[each] > 0) ?? null;
    void ways.tried(async () => {
      const [row] = (await engine.call('annotate.page', { dataset, state: urgent, offset: 0, limit: 1 })).rows;
      if (row && current) go({ sample: row.ordinal }, true);
    });
    return () => void (current = false);
    // Once for each address without a sample.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [begin, state]);
  // The samples beside it, so that the next one is there at once.
  const settled = useSettled();
  const { before, next } = opened.data ?? {};
  useEffect(() => {
    if (!settled) return;
    for (const ordinal of [next, before]) if (ordinal !== null && ordinal !== undefined) void askAhead('annotate.open', { dataset, ordinal });
  }, [settled, dataset, before, next]);

  if (error && !sets) return <div className={css.fault}><FaultNote error={error} /></div>;
  if (sets && !set) return <EmptyState icon={Database} title={t('datasets.gone.title')} text={t('datasets.gone.text')} action={<Button variant="default" component="a" href="#/annotate">{t('annotate.all')}</Button>} />;
  const add = (
    <Button size="xs" variant="default" leftSection={<ImagePlus size={14} aria-hidden />} onClick={() => go({ new: true })}>
      {t('annotate.new.short')}
    </Button>
  );
  return (
    <div className={css.page}>
      <header className={css.head}>
        <DatasetTitle list={{ href: '#/annotate', words: t('annotate.title') }} set={set} />
        <SegmentedControl size="xs" aria-label={t('datasets.view')} value={view} onChange={(value) => go({ view: value === 'samples' ? undefined : value })} data={(['samples', 'agreement'] as const).map((value) => ({ value, label: t(`annotate.views.${value}`) }))} />
        <div className={css.actions}>
          {me !== '' && (
            <Button size="xs" variant="subtle" color="gray" leftSection={<UserRound size={14} aria-hidden />} onClick={() => ask(true)} title={t('annotate.who.change')} className={css.me}>
              {t('annotate.who.iAm', { name: visibleText(me) })}
            </Button>
          )}
          {add}
          <Button size="xs" variant="default" component="a" href={exportAddress(dataset)} leftSection={<Download size={14} aria-hidden />} rightSection={<Key keys="e" />} aria-keyshortcuts="e" title={t('annotate.exportHelp')}>
            {t('datasets.export.open')}
          </Button>
        </div>
      </header>
      {view === 'agreement' ? (
        <Agreement dataset={dataset} />
      ) : rows.total === 0 && state === null ? (
        <EmptyState icon={ImagePlus} title={t('annotate.noSamples.title')} text={t('annotate.noSamples.text')} action={add} />
      ) : (
        <div className={css.body}>
          <SampleList rows={rows} state={state} sample={sample} place={opened.data?.index} onState={(next) => go({ state: next ?? undefined }, true)} onOpen={(ordinal) => { ways.say(''); ways.open(ordinal); }} onRange={(first, last) => setRange((was) => (was[0] === first && was[1] === last ? was : [first, last]))} />
          <Desk dataset={dataset} opened={opened.data} error={opened.error} me={me} ways={ways} flush={flush} />
        </div>
      )}
      {(asking || me === '') && <WhoDialog name={me} onName={(name) => { void flush.current().then(() => setMe(name)); ask(false); }} onClose={() => { if (me === '') go({ dataset: undefined, sample: undefined, state: undefined, view: undefined }); ask(false); }} />}
      {address.adding && me !== '' && <NewSamplesDialog sets={sets ?? []} dropped={[]} first={dataset} onOpen={(into, ordinal) => go({ dataset: into, sample: ordinal, state: undefined, new: undefined })} onClose={() => go({ new: undefined }, true)} />}
    </div>
  );
}
