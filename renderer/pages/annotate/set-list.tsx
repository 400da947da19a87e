import { Button, Skeleton, Text, Title } from '@mantine/core';
import { ImagePlus, SquarePen } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { whole } from '../../parts/numbers.ts';
import { annotationStates } from '../../parts/sample-names.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import type { Dropped } from '../datasets/import/dropped.ts';
import { useDrop } from '../datasets/import/use-drop.ts';
import type { Address, Go } from './address.ts';
import { NewSamplesDialog } from './new-samples-dialog.tsx';
import { ProgressBar } from './progress-bar.tsx';
import css from './sets.module.css';
import { StateMark } from './state-mark.tsx';

type SetRow = Calls<AppContract>['annotate.list']['output'][number];

/** All datasets with how far each is. Images may be dropped anywhere. */
export function SetList({ address, go }: { readonly address: Address; readonly go: Go }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEngine('annotate.list', undefined);
  const [dropped, setDropped] = useState<readonly Dropped[]>([]);
  const { over, zone } = useDrop((files) => {
    if (address.adding) return;
    setDropped(files);
    go({ new: true });
  });
  const add = (
    <Button leftSection={<ImagePlus size={15} aria-hidden />} onClick={() => go({ new: true })}>
      {t('annotate.new.open')}
    </Button>
  );
  return (
    <div className={css.page} data-over={over || undefined} {...zone}>
      {data?.length === 0 ? (
        <>
          <h1 className="unseen">{t('annotate.title')}</h1>
          <EmptyState icon={SquarePen} title={t('annotate.empty.title')} text={t('annotate.empty.text')} action={add} />
        </>
      ) : (
        <>
          <div className={css.head}>
            <div>
              <Title order={1}>{t('annotate.title')}</Title>
              <Text size="sm" className="faint">
                {t('annotate.help')}
              </Text>
            </div>
            {add}
          </div>
          {error && !data ? (
            <FaultNote error={error} onRetry={() => void refetch()} />
          ) : (
            <ul className={css.sets}>{data ? data.map((row) => <Row key={row.dataset} row={row} />) : Array.from({ length: 4 }, (_, i) => <Skeleton key={i} component="li" height={72} />)}</ul>
          )}
        </>
      )}
      {address.adding && <NewSamplesDialog sets={data ?? []} dropped={dropped} first={undefined} onOpen={(dataset, sample) => go({ dataset, sample, new: undefined })} onClose={() => { setDropped([]); go({ new: undefined }, true); }} />}
    </div>
  );
}

function Row({ row: { dataset, name, samples, counts } }: { readonly row: SetRow }) {
  const { t } = useTranslation();
  return (
    <li className={css.set}>
      <a className={css.setLink} href={`#/annotate?dataset=${dataset}`}>
        <span className={css.setName}>
          <bdi>{visibleText(name)}</bdi>
        </span>
        <span className="faint">{t('datasets.samples', { count: samples, samples: whole(samples) })}</span>
      </a>
      <div className={css.progress}>
        <ProgressBar counts={counts} />
        <div className={css.counts}>
          {annotationStates.filter((state) => counts[state] > 0).map((state) => (
            <a key={state} href={`#/annotate?dataset=${dataset}&state=${state}`}>
              <StateMark state={state} count={counts[state]} />
            </a>
          ))}
        </div>
      </div>
    </li>
  );
}
