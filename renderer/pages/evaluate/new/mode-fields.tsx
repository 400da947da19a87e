import { Group, NumberInput, SegmentedControl, Select, Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import css from '../form.module.css';
import type { Form, FormProps } from './draft.ts';
import { MoreFields } from './more-fields.tsx';

/** How it is answered: with tools or directly, in whose words, by which rules of scoring. */
export function ModeFields({ form, change }: FormProps) {
  const { t } = useTranslation();
  const choices = useEngine('playground.choices', undefined).data;
  const { data: web } = useEngine('settings.web', undefined);
  const mini = form.benchmark === 'mat-mini';
  return (
    <Stack gap="sm">
      <div>
        <SegmentedControl aria-label={t('evaluate.form.mode')} value={form.mode} onChange={(mode) => change({ mode: mode as Form['mode'] })} data={(['agent', 'direct'] as const).map((value) => ({ value, label: t(`evaluate.form.${value}`) }))} />
        <p className={css.help} style={{ margin: '4px 0 0' }}>{t(`evaluate.form.modeHelp.${form.mode}`)}</p>
      </div>
      {form.mode === 'agent' && (
        <Group align="flex-end" gap="lg">
          <Select
            label={t('evaluate.form.search')} w={260} value={form.search} onChange={(search) => change({ search: search ?? '' })} allowDeselect={false}
            data={[{ value: '', label: t(mini ? 'evaluate.form.ownPassages' : 'evaluate.form.noSearch') }, ...(web?.on ? [{ value: 'web', label: t('evaluate.form.web') }] : []), ...(choices?.corpora ?? []).filter((name) => !name.startsWith('passages-')).map((name) => ({ value: name, label: name }))]}
          />
          <Switch mb={8} label={t('evaluate.form.code')} checked={form.code} onChange={({ currentTarget: { checked } }) => change({ code: checked })} />
        </Group>
      )}
      <Group grow align="flex-start">
        <Select label={t('evaluate.form.prompts')} value={form.prompts} onChange={(prompts) => change({ prompts: prompts ?? 'tags-en' })} data={[...new Set([form.prompts, ...(choices?.prompts ?? [])])]} allowDeselect={false} />
        <Select label={t('evaluate.form.scorer')} value={form.scorer} onChange={(scorer) => change({ scorer: scorer as Form['scorer'] })} data={(['standard', 'paper'] as const).map((value) => ({ value, label: t(`evaluate.scorer.${value}`) }))} allowDeselect={false} />
        <NumberInput label={t('evaluate.form.limit')} placeholder={t('evaluate.form.limitHelp')} min={1} max={1_000_000} allowDecimal={false} value={form.limit ?? ''} onChange={(limit) => change({ limit: limit === '' ? null : Math.max(1, Number(limit)) })} />
        <NumberInput label={t('evaluate.form.concurrency')} min={1} max={256} allowDecimal={false} value={form.concurrency} onChange={(concurrency) => change({ concurrency: Math.max(1, Number(concurrency)) })} />
      </Group>
      <MoreFields form={form} change={change} />
    </Stack>
  );
}
