import { Button, Collapse, Group, SegmentedControl, Select, Skeleton, Text, Title } from '@mantine/core';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { Suspense, lazy, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useParameters } from '../address.ts';
import { TrainTabs } from '../train-tabs.tsx';
import css from '../train.module.css';
import { FieldInput, type Place } from './field-input.tsx';
import { type Field, type Section, changedKeys, faultOf, fieldsOf, sectionsOf } from './fields.ts';
import { Outlook } from './outlook.tsx';
import { useDraft } from './use-draft.ts';
import { type Draft, type Json, read } from './values.ts';

const TextView = lazy(() => import('./text-view.tsx').then(({ TextView }) => ({ default: TextView })));

/** A new run, from a preset or from another run: what is decided on the left, what will happen on the right. */
export function Configure() {
  const [parameter] = useParameters();
  // Another base is another form.
  return <Form key={`${parameter('preset')} ${parameter('from')}`} />;
}

function Form() {
  const { t } = useTranslation();
  const [parameter, writeParameters] = useParameters();
  const from = parameter('from');
  const preset = parameter('preset') || 'quickstart';
  const asText = parameter('as') === 'text';
  const schema = useEngine('runs.schema', undefined);
  const presets = useEngine('runs.presets', undefined);
  const places = useEngine('runs.places', undefined);
  const source = useEngine('runs.get', { run: from }, { enabled: from !== '' });
  const base = useMemo((): Draft | undefined => {
    const config = from === '' ? presets.data?.find(({ name }) => name === preset)?.config : source.data?.config;
    return config ? (config as unknown as Draft) : undefined;
  }, [from, preset, presets.data, source.data]);
  const { draft, set, replace, flush } = useDraft(base);
  const fields = useMemo(() => (schema.data ? fieldsOf(schema.data as Draft) : []), [schema.data]);
  const error = schema.error ?? presets.error ?? (from === '' ? null : source.error);
  const changed = useMemo(() => (draft && base ? changedKeys(fields, draft, base) : new Set<string>()), [fields, draft, base]);
  const faults = draft ? fields.filter((field) => faultOf(field, read(draft, field.key)) !== undefined) : [];
  return (
    // Whoever leaves a field may leave the page with the next click.
    <div onBlur={flush}>
      <TrainTabs tab="configure" />
      <div className={css.configure}>
        <div className={css.split}>
          <div>
            <Group mb="md" gap="md">
              <Title order={1}>{from === '' ? t('train.form.title') : t('train.form.titleFrom', { run: from })}</Title>
              {from === '' && <Select aria-label={t('train.form.preset')} allowDeselect={false} w={220} value={preset} data={(presets.data ?? []).map(({ name }) => ({ value: name, label: t(`train.presets.${name}.name` as never, { defaultValue: name }) }))} onChange={(next) => writeParameters({ preset: next ?? undefined, set: undefined }, false)} />}
              <SegmentedControl size="sm" ml="auto" aria-label={t('train.form.view')} value={asText ? 'text' : 'form'} onChange={(next) => writeParameters({ as: next === 'text' ? 'text' : undefined })} data={[{ value: 'form', label: t('train.form.form') }, { value: 'text', label: t('train.form.text') }]} />
            </Group>
            {from === '' && (
              <Text className="faint" mb="md" maw={720}>
                {t(`train.presets.${preset}.text` as never, { defaultValue: '' })}
              </Text>
            )}
            {error ? (
              <FaultNote error={error} />
            ) : !draft || fields.length === 0 ? (
              Array.from({ length: 4 }, (_, i) => <Skeleton key={i} height={180} mb="md" />)
            ) : asText ? (
              <Suspense fallback={<Skeleton height={480} />}>
                <TextView draft={draft} onApply={(next) => replace(next, fields.map(({ key }) => key))} />
              </Suspense>
            ) : (
              sectionsOf(fields).map((section) => <SectionCard key={section.id} section={section} draft={draft} base={base ?? {}} changed={changed} places={places.data} onChange={set} />)
            )}
          </div>
          {!error && (
            <aside className={css.aside} aria-label={t('train.outlook.title')}>
              <Outlook draft={draft} faults={faults} changed={changed.size} onChange={set} onReset={() => base && replace(base, [])} />
            </aside>
          )}
        </div>
      </div>
    </div>
  );
}

type Places = { readonly models: readonly Place[]; readonly adapters: readonly Place[]; readonly data: readonly Place[] };

/** Fields that name a place of this machine. */
const placesOf: Readonly<Record<string, keyof Places>> = { 'model.folder': 'models', 'model.adapter': 'adapters', 'data.train': 'data', 'data.heldOut': 'data', 'data.demonstrations': 'data' };

type SectionCardProps = { readonly section: Section; readonly draft: Draft; readonly base: Draft; readonly changed: ReadonlySet<string>; readonly places: Places | undefined; readonly onChange: (key: string, value: Json) => void };

function SectionCard({ section: { id, shown, folded }, draft, base, changed, places, onChange }: SectionCardProps) {
  const { t } = useTranslation();
  const own = folded.filter(({ key }) => changed.has(key)).length;
  const [open, setOpen] = useState(own > 0);
  const input = (field: Field) => {
    const kind = placesOf[field.key];
    return <FieldInput key={field.key} field={field} value={read(draft, field.key)} base={read(base, field.key)} changed={changed.has(field.key)} places={kind && (places?.[kind] ?? [])} onChange={(value) => onChange(field.key, value)} />;
  };
  return (
    <section className={css.section} aria-label={t(`train.sections.${id}.title`)}>
      <Title order={2}>{t(`train.sections.${id}.title`)}</Title>
      <Text size="sm" className="faint" mb="md">
        {t(`train.sections.${id}.text`)}
      </Text>
      <div className={css.fields}>{shown.map(input)}</div>
      {folded.length > 0 && (
        <>
          <Button variant="subtle" size="compact-sm" mt="md" ml={-8} aria-expanded={open} leftSection={open ? <ChevronDown size={14} /> : <ChevronRight size={14} />} onClick={() => setOpen(!open)}>
            {t('train.form.more', { count: folded.length })}
            {own > 0 && ` · ${t('train.form.changed', { count: own })}`}
          </Button>
          <Collapse expanded={open} keepMounted={false}>
            <div className={css.fields} style={{ marginTop: 12 }}>
              {folded.map(input)}
            </div>
          </Collapse>
        </>
      )}
    </section>
  );
}
