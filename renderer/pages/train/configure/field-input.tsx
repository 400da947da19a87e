import { ActionIcon, Autocomplete, Button, Group, Select, Switch, TagsInput, Text, TextInput } from '@mantine/core';
import { RotateCcw, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from '../train.module.css';
import { faultWords, helpOf, labelOf } from './field-words.ts';
import type { Field } from './fields.ts';
import { type Draft, type Json, textOf, valueText } from './values.ts';

export type Place = { readonly value: string; readonly label: string };
type FieldInputProps = { readonly field: Field; readonly value: Json | undefined; /** What the preset has. */ readonly base: Json | undefined; readonly changed: boolean; readonly places: readonly Place[] | undefined; readonly onChange: (value: Json) => void };

/** Fields of a row begin on one line, however much their help says. */
const below = { inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[] };

const rewards = ['format', 'answer', 'answer-em', 'code', 'tool', 'query', 'problem', 'problem-paper', 'code-paper'];

/** A field with its help and bounds; where it differs from the preset it says so, with a way back. */
export function FieldInput(props: FieldInputProps) {
  const { t } = useTranslation();
  const { field, base, changed, onChange } = props;
  const [label, help] = [labelOf(t, field), helpOf(t, field)];
  return (
    <div className={css.field} data-changed={changed || undefined} data-wide={field.kind === 'weights' || undefined}>
      <Control {...props} label={label} help={help} />
      {changed && (
        <Group gap={4} mt={2} wrap="nowrap">
          <Text size="xs" className="faint" truncate>
            {t('train.form.was', { value: valueText(base ?? null) })}
          </Text>
          <ActionIcon size="xs" variant="subtle" aria-label={t('train.form.back', { field: label })} title={t('train.form.back', { field: label })} onClick={() => onChange(base ?? '')}>
            <RotateCcw size={12} />
          </ActionIcon>
        </Group>
      )}
    </div>
  );
}

function Control({ field, value, places, onChange, label, help }: FieldInputProps & { readonly label: string; readonly help: string }) {
  const { t } = useTranslation();
  switch (field.kind) {
    case 'flag':
      return <Switch label={label} description={help} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
    case 'choice':
      return <Select {...below} label={label} description={help} allowDeselect={false} data={field.options.map((option) => ({ value: option, label: t(`train.choices.${option}` as never, { defaultValue: option }) }))} value={textOf(value)} onChange={(next) => next !== null && onChange(next)} />;
    case 'number':
      return <NumberField field={field} value={value} onChange={onChange} label={label} help={help} />;
    case 'names':
    case 'sources':
      return (
        <TagsInput
          {...below}
          label={label}
          description={help}
          data={(places ?? []).map((place) => place.value)}
          renderOption={({ option }) => <PlaceOption place={places?.find((each) => each.value === option.value)} />}
          value={typeof value === 'string' ? (value === '' ? [] : [value]) : ([...((value ?? []) as readonly string[])])}
          onChange={(next) => onChange(field.kind === 'sources' && next.length <= 1 ? (next[0] ?? '') : next)}
          acceptValueOnBlur
        />
      );
    case 'weights':
      return <Weights value={(value ?? {}) as Draft} onChange={onChange} label={label} help={help} />;
    case 'custom':
      return (
        <div>
          <Text size="sm" fw={500}>
            {label}
          </Text>
          <Text size="xs" className="faint">
            {help}
          </Text>
          <Text size="sm">{valueText(value ?? null)}</Text>
          <Text size="xs" className="faint">
            {t('train.form.inText')}
          </Text>
        </div>
      );
    case 'text':
      return places ? (
        <Autocomplete {...below} label={label} description={help} data={places.map((place) => place.value)} renderOption={({ option }) => <PlaceOption place={places.find((each) => each.value === option.value)} />} value={textOf(value)} error={faultWords(t, field, value)} onChange={onChange} />
      ) : (
        <TextInput {...below} label={label} description={help} value={textOf(value)} error={faultWords(t, field, value)} onChange={(event) => onChange(event.currentTarget.value)} />
      );
  }
}

function PlaceOption({ place }: { readonly place: Place | undefined }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Text size="sm">{place?.label}</Text>
      <Text size="xs" className="faint foreign">
        {place?.value}
      </Text>
    </div>
  );
}

/** A number as one writes it, 1e-5 too. */
function NumberField({ field, value, onChange, label, help }: { readonly field: Field; readonly value: Json | undefined; readonly onChange: (value: Json) => void; readonly label: string; readonly help: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState(textOf(value));
  useEffect(() => setText((now) => (Number(now) === value && now.trim() !== '' ? now : textOf(value))), [value]);
  const { least, most, unit } = field;
  const typed = text.trim() === '' ? Number.NaN : Number(text);
  const bounds = least === undefined ? '' : most === undefined ? t('train.form.from', { least }) : t('train.form.between', { least, most });
  return (
    <TextInput
      {...below}
      label={label}
      description={`${help}${bounds === '' ? '' : t('frame.marks.aside', { text: bounds })}`}
      inputMode={field.integer ? 'numeric' : 'decimal'}
      value={text}
      rightSection={unit === '' ? undefined : <Text size="xs" className="faint">{t(`train.units.${unit}` as never, { defaultValue: unit })}</Text>}
      rightSectionWidth={unit === '' ? undefined : 56}
      error={faultWords(t, field, typed)}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setText(next);
        onChange(next.trim() === '' || Number.isNaN(Number(next)) ? next : Number(next));
      }}
    />
  );
}

function Weights({ value, onChange, label, help }: { readonly value: Draft; readonly onChange: (value: Json) => void; readonly label: string; readonly help: string }) {
  const { t } = useTranslation();
  const id = useId();
  const free = rewards.filter((name) => !Object.hasOwn(value, name));
  const set = (name: string, weight: Json): void => onChange({ ...value, [name]: weight });
  return (
    <div role="group" aria-labelledby={id}>
      <Text size="sm" fw={500} id={id}>
        {label}
      </Text>
      <Text size="xs" className="faint" mb={4}>
        {help}
      </Text>
      <div className={css.weights}>
        {Object.entries(value).map(([name, weight]) => (
          <div key={name} className={css.weight}>
            <span>{name}</span>
            <WeightInput name={name} weight={weight} onChange={(next) => set(name, next)} />
            <ActionIcon variant="subtle" color="gray" aria-label={t('train.form.removeReward', { name })} onClick={() => onChange(Object.fromEntries(Object.entries(value).filter(([each]) => each !== name)))}>
              <X size={14} />
            </ActionIcon>
            <Text size="xs" className="faint">
              {t(`train.rewards.${name.replace('-', '_')}` as never, { defaultValue: '' })}
            </Text>
          </div>
        ))}
      </div>
      <Group gap={4} mt={4}>
        {free.map((name) => (
          <Button key={name} size="compact-xs" variant="default" title={t(`train.rewards.${name.replace('-', '_')}` as never, { defaultValue: '' })} onClick={() => set(name, 1)}>
            + {name}
          </Button>
        ))}
      </Group>
    </div>
  );
}

function WeightInput({ name, weight, onChange }: { readonly name: string; readonly weight: Json; readonly onChange: (value: Json) => void }) {
  const [text, setText] = useState(textOf(weight));
  const bad = text.trim() === '' || !Number.isFinite(Number(text));
  return (
    <TextInput
      size="xs"
      w={80}
      aria-label={name}
      inputMode="decimal"
      value={text}
      error={bad}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const next = Number(event.currentTarget.value);
        if (event.currentTarget.value.trim() !== '' && Number.isFinite(next)) onChange(next);
      }}
    />
  );
}
