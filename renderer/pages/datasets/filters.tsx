import { ActionIcon, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { FilterX, Search, X } from 'lucide-react';
import { type RefObject, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine, useSettled } from '../../connection/hooks.ts';
import { whole } from '../../parts/numbers.ts';
import { annotationStates } from '../../parts/sample-names.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { type Filter, noFilter } from './address.ts';
import css from './datasets.module.css';
import type { Go } from './dataset-list.tsx';

type FiltersProps = { readonly dataset: number; readonly filter: Filter; readonly all: number | undefined; readonly search: RefObject<HTMLInputElement | null>; readonly go: Go };

const fields = ['kind', 'split', 'issue', 'tag', 'image'] as const;

/** A choice of the split that is none; names of splits are never this. */
const noSplit = '\u0000';

/** What samples are looked for; each choice with the number of samples that it leaves. */
export function Filters({ dataset, filter, all, search, go }: FiltersProps) {
  const { t } = useTranslation();
  const { data } = useEngine('datasets.counts', { dataset, filter }, { keepPrevious: true });
  const [text, setText] = useState(filter.text ?? '');
  const tell = useDebouncedCallback((next: string) => go({ q: next === '' ? undefined : next, sample: undefined }, true), 150);
  // Back, or a link, says something else than what was typed last.
  useEffect(() => setText((now) => (now.trim() === (filter.text ?? '').trim() ? now : (filter.text ?? ''))), [filter.text]);
  const choose = (key: 'kind' | 'split' | 'issue' | 'tag' | 'image' | 'annotation') => (value: string | null) => go({ [key]: value === null ? undefined : value === noSplit ? '' : value, sample: undefined }, true);
  const options = (counts: Readonly<Record<string, number>> | undefined, chosen: string | undefined, name: (value: string) => string) => {
    const entries = Object.entries(counts ?? {}).filter(([value, count]) => count > 0 || value === chosen);
    if (chosen !== undefined && !entries.some(([value]) => value === chosen)) entries.push([chosen, 0]);
    return entries.map(([value, count]) => ({ value: value === '' ? noSplit : value, label: name(value), count }));
  };
  // Fields with menus take longer to make than the rows, which are what one came for.
  const settled = useSettled();
  // Most datasets have no annotations made here.
  const annotated = useEngine('annotate.list', undefined, { enabled: settled }).data?.find((each) => each.dataset === dataset)?.counts;
  const isAnnotated = filter.annotation !== undefined || (annotated !== undefined && annotationStates.some((state) => state !== 'new' && annotated[state] > 0));
  const images = [{ value: 'true', label: t('datasets.withImage'), count: data?.withImage ?? 0 }, { value: 'false', label: t('datasets.withoutImage'), count: data?.withoutImage ?? 0 }];
  const filtered = Object.keys(filter).length > 0;
  const select = (key: 'kind' | 'split' | 'issue' | 'tag', counts: Readonly<Record<string, number>> | undefined, name: (value: string) => string) => {
    const chosen = filter[key];
    const data = options(counts, chosen, name);
    return <Select size="xs" w={120} clearable searchable={data.length > 8} aria-label={t(`datasets.filter.${key}`)} placeholder={t(`datasets.filter.${key}`)} disabled={data.length === 0} value={chosen === undefined ? null : chosen === '' ? noSplit : chosen} data={data} renderOption={({ option }) => <Choice {...option} />} onChange={choose(key)} data-chosen={chosen !== undefined || undefined} comboboxProps={{ width: 'max-content' }} clearButtonProps={{ 'aria-label': t('datasets.filter.clearOne', { what: t(`datasets.filter.${key}`) }) }} />;
  };
  return (
    <div className={css.filters} role="search">
      <TextInput
        ref={search}
        size="xs"
        w={208}
        aria-label={t('datasets.filter.text')}
        placeholder={t('datasets.filter.words')}
        leftSection={<Search size={14} aria-hidden />}
        value={text}
        maxLength={1000}
        rightSection={text !== '' && <ActionIcon variant="subtle" color="gray" size="xs" aria-label={t('datasets.filter.clearText')} onClick={() => { setText(''); tell(''); }}><X size={12} /></ActionIcon>}
        onChange={({ currentTarget: { value } }) => {
          setText(value);
          tell(value);
        }}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Escape' || key === 'Enter') currentTarget.blur();
        }}
      />
      {settled ? (
        <>
          {select('kind', data?.kinds, (kind) => t(`datasets.kinds.${kind as 'coding'}`))}
          {select('split', data?.splits, (split) => (split === '' ? t('datasets.noSplit') : visibleText(split)))}
          {select('issue', data?.issues, (issue) => t(`datasets.issues.${issue as 'dark'}`))}
          {select('tag', data?.tags, visibleText)}
          <Select size="xs" w={120} clearable aria-label={t('datasets.filter.image')} placeholder={t('datasets.filter.image')} value={filter.image === undefined ? null : String(filter.image)} data={images} renderOption={({ option }) => <Choice {...option} />} onChange={choose('image')} comboboxProps={{ width: 'max-content' }} clearButtonProps={{ 'aria-label': t('datasets.filter.clearOne', { what: t('datasets.filter.image') }) }} />
          {isAnnotated && <Select size="xs" w={120} clearable aria-label={t('datasets.filter.annotation')} placeholder={t('datasets.filter.annotation')} value={filter.annotation ?? null} data={annotationStates.map((value) => ({ value, label: t(`annotate.states.${value}`), count: annotated?.[value] ?? 0 }))} renderOption={({ option }) => <Choice {...option} />} onChange={choose('annotation')} data-chosen={filter.annotation !== undefined || undefined} comboboxProps={{ width: 'max-content' }} clearButtonProps={{ 'aria-label': t('datasets.filter.clearOne', { what: t('datasets.filter.annotation') }) }} />}
        </>
      ) : (
        fields.map((field) => <span key={field} className={css.fieldToCome} />)
      )}
      <span className={css.found} role="status">
        {filtered && data && t('datasets.found', { found: whole(data.total), all: whole(all ?? data.total) })}
      </span>
      {filtered && (
        <ActionIcon variant="subtle" color="gray" aria-label={t('datasets.filter.clear')} title={t('datasets.filter.clear')} onClick={() => { setText(''); go(noFilter, true); }}>
          <FilterX size={16} />
        </ActionIcon>
      )}
    </div>
  );
}

/** A choice with the number of samples that it leaves. */
const Choice = (option: { readonly label: string; readonly count?: number }) => (
  <span className={css.choice}>
    <bdi>{option.label}</bdi>
    <span className="faint">{whole(option.count ?? 0)}</span>
  </span>
);
