import { ActionIcon, Button, CopyButton, Skeleton, TagsInput } from '@mantine/core';
import { Check, ChevronDown, ChevronUp, Copy, SquarePen, Trash2, X } from 'lucide-react';
import { type KeyboardEvent, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { AskLink } from '../../parts/ask-link.tsx';
import { ImageCompare } from '../../parts/image-compare.tsx';
import { ImageFigure } from '../../parts/image-figure.tsx';
import { whole } from '../../parts/numbers.ts';
import { ForeignText } from '../../parts/turns/foreign-text.tsx';
import { TurnBlock } from '../../parts/turns/turn-block.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import { useDatasetActions } from './actions.tsx';
import type { Filter } from './address.ts';
import css from './sample-panel.module.css';

type Whole = Calls<AppContract>['datasets.sample']['output'];

type SamplePanelProps = {
  readonly dataset: number;
  readonly ordinal: number;
  readonly filter: Filter;
  readonly total: number | undefined;
  /** Its place in the list. */
  readonly onPlace: (index: number) => void;
  readonly onMove: (by: number) => void;
  readonly onClose: () => void;
  readonly onRemove: () => void;
};

/** A whole sample: images, question, gold answers, the annotated chain, what else its file said. */
export function SamplePanel({ dataset, ordinal, filter, total, onPlace, onMove, onClose, onRemove }: SamplePanelProps) {
  const { t } = useTranslation();
  const { data, error } = useEngine('datasets.sample', { dataset, ordinal, filter });
  const index = data?.index;
  useEffect(() => {
    if (index !== undefined) onPlace(index);
    // Told when it is known.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [index]);
  // A slider takes the focus of a field, in which the page's keys rest.
  const keys = ({ key, target }: KeyboardEvent): void => {
    if (!(target instanceof HTMLInputElement) || target.type !== 'range') return;
    if (key === 'Escape') onClose();
    else if (key === 'j' || key === 'k') onMove(key === 'j' ? 1 : -1);
  };
  return (
    <aside className={css.panel} aria-label={t('datasets.sample.label')} onKeyDown={keys}>
      <header className={css.panelHead}>
        <span className={css.panelId} title={data && visibleText(data.sample.id)}>
          <bdi>{data ? visibleText(data.sample.id) : '…'}</bdi>
        </span>
        {data && (
          <CopyButton value={data.sample.id}>
            {({ copied, copy }) => (
              <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={t(copied ? 'turns.copied' : 'datasets.sample.copyId')} title={t(copied ? 'turns.copied' : 'datasets.sample.copyId')}>
                {copied ? <Check size={13} /> : <Copy size={13} />}
              </ActionIcon>
            )}
          </CopyButton>
        )}
        <span className={css.place}>{index !== undefined && total !== undefined && index < total && t('datasets.sample.place', { number: whole(index + 1), total: whole(total) })}</span>
        <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.keys.before')} title={`${t('datasets.keys.before')}  k`} disabled={index === 0} onClick={() => onMove(-1)}>
          <ChevronUp size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.keys.next')} title={`${t('datasets.keys.next')}  j`} disabled={index !== undefined && total !== undefined && index >= total - 1} onClick={() => onMove(1)}>
          <ChevronDown size={16} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.sample.remove')} title={t('datasets.sample.remove')} disabled={!data} onClick={onRemove}>
          <Trash2 size={15} />
        </ActionIcon>
        <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.sample.close')} title={`${t('datasets.sample.close')}  Esc`} onClick={onClose}>
          <X size={16} />
        </ActionIcon>
      </header>
      <div className={css.panelBody} tabIndex={0} role="region" aria-label={t('datasets.sample.content')}>
        {error && <FaultNote error={error} />}
        {!data && !error && (
          <>
            <Skeleton height={240} mb="md" />
            <Skeleton height={20} mb="sm" />
            <Skeleton height={20} w="60%" />
          </>
        )}
        {data && <Content dataset={dataset} whole={data} />}
      </div>
    </aside>
  );
}

function Content({ dataset, whole: { ordinal, sample, tags } }: { readonly dataset: number; readonly whole: Whole }) {
  const { t } = useTranslation();
  const { question, answers, images, cleanImage, box, issues = [], task, split, chain = [], extra = {} } = sample;
  const boxes = box ? [box] : [];
  const others = cleanImage === undefined ? images : images.slice(1);
  return (
    <>
      {cleanImage !== undefined && images[0] !== undefined && (
        <section className={css.part}>
          <h2>{t('datasets.sample.compare')}</h2>
          <ImageCompare before={cleanImage} after={images[0]} height={280} captions={[t('datasets.sample.original'), t('datasets.sample.shown')]} />
        </section>
      )}
      {(others.length > 0 || (boxes.length > 0 && images.length > 0)) && (
        <section className={css.figures2}>
          {(boxes.length > 0 ? images : others).map((reference, i) => (
            <ImageFigure key={i} reference={reference} name={t('datasets.sample.image', { number: i + 1 })} side={others.length === 1 && cleanImage === undefined ? 300 : 160} boxes={i === 0 ? boxes : []} />
          ))}
        </section>
      )}
      <section className={css.part}>
        <h2>{t('datasets.columns.question')}</h2>
        {question === '' ? <span className="faint">{t('datasets.noQuestion')}</span> : <ForeignText text={question} className={css.question} />}
        <div className={css.ways}>
          {question !== '' && <AskLink asked={{ question, images, task }} />}
          <Button component="a" href={`#/annotate?dataset=${dataset}&sample=${ordinal}`} size="compact-sm" variant="default" leftSection={<SquarePen size={13} aria-hidden />} title={t('datasets.sample.annotateHelp')}>
            {t('datasets.sample.annotate')}
          </Button>
        </div>
      </section>
      <section className={css.part}>
        <h2>{t('datasets.sample.answers')}</h2>
        {answers.length === 0 ? <span className="faint">{t('datasets.sample.noAnswers')}</span> : (
          <div className={css.golds}>
            {answers.map((answer, i) => (
              <ForeignText key={i} text={answer} characters={400} lines={6} className={css.gold} />
            ))}
          </div>
        )}
      </section>
      <dl className={css.facts}>
        <Fact name={t('datasets.columns.kind')}>{t(`datasets.kinds.${task}`)}</Fact>
        <Fact name={t('datasets.columns.split')}>{split === undefined ? t('datasets.noSplit') : visibleText(split)}</Fact>
        {issues.length > 0 && <Fact name={t('datasets.columns.issues')}>{issues.map((issue) => t(`datasets.issues.${issue}`)).join(t('frame.marks.between'))}</Fact>}
        {box && <Fact name={t('datasets.sample.box')}>{box.join(', ')}</Fact>}
      </dl>
      <Tags dataset={dataset} ordinal={ordinal} tags={tags} />
      {chain.length > 0 && (
        <section className={css.part}>
          <h2>{t('datasets.sample.chain', { count: chain.length })}</h2>
          <ol className={css.chain}>
            {chain.map(({ kind, context, solution, image, extra: more }, i) => (
              <li key={i}>
                <TurnBlock kind={kind} aside={t('datasets.sample.step', { number: i + 1 })}>
                  {image !== undefined && <ImageFigure reference={image} name={t('datasets.sample.stepImage', { number: i + 1 })} side={128} />}
                  <ForeignText text={solution} mono characters={3000} lines={40} />
                  <details className={css.context}>
                    <summary>{t('datasets.sample.context')}</summary>
                    {context === '' ? <span className="faint">{t('turns.nothing')}</span> : <ForeignText text={context} mono />}
                    {more && <Extra fields={more} />}
                  </details>
                </TurnBlock>
              </li>
            ))}
          </ol>
        </section>
      )}
      {Object.keys(extra).length > 0 && (
        <section className={css.part}>
          <h2>{t('datasets.sample.extra')}</h2>
          <Extra fields={extra} />
        </section>
      )}
    </>
  );
}

const Fact = ({ name, children }: { readonly name: string; readonly children: React.ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** Fields of the source file that mean nothing here. */
function Extra({ fields }: { readonly fields: Readonly<Record<string, unknown>> }) {
  return (
    <dl className={css.extra}>
      {Object.entries(fields).slice(0, 100).map(([key, value]) => (
        <div key={key}>
          <dt className="foreign">{visibleText(key)}</dt>
          <dd>
            <ForeignText text={typeof value === 'string' ? value : JSON.stringify(value, null, 1)} mono characters={600} lines={10} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Tags({ dataset, ordinal, tags }: { readonly dataset: number; readonly ordinal: number; readonly tags: readonly string[] }) {
  const { t } = useTranslation();
  const actions = useDatasetActions();
  const { data } = useEngine('datasets.counts', { dataset, filter: {} });
  const change = (next: readonly string[]): void => {
    for (const tag of next) if (!tags.includes(tag) && tag.trim() !== '') void actions.tag(dataset, [ordinal], tag.trim().slice(0, 100), true);
    for (const tag of tags) if (!next.includes(tag)) void actions.tag(dataset, [ordinal], tag, false);
  };
  return <TagsInput size="xs" label={t('datasets.sample.tags')} placeholder={tags.length === 0 ? t('datasets.addTag') : ''} value={[...tags]} data={Object.keys(data?.tags ?? {})} maxDropdownHeight={160} onChange={change} mb="md" />;
}
