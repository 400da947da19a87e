import { NumberInput, Select, Stack, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { FileField } from '../file-field.tsx';
import { benchmarkNames, titleOf } from '../published.ts';
import { type Form, type FormProps, withBenchmark } from './draft.ts';

/** What is asked: a benchmark, with its questions from a file or drawn by a seed. */
export function BenchmarkFields({ form, change, onFault }: FormProps & { readonly onFault: (fault: unknown) => void }) {
  const { t } = useTranslation();
  const mini = form.benchmark === 'mat-mini';
  const drawn = form.data.startsWith('mini:');
  return (
    <Stack gap="sm">
      <Select label={t('evaluate.form.benchmark')} value={form.benchmark} onChange={(next) => next !== null && change(withBenchmark(form, next as Form['benchmark']))} data={benchmarkNames.map((value) => ({ value, label: titleOf(value) }))} allowDeselect={false} />
      {mini && <Switch label={t('evaluate.form.mini')} checked={drawn} onChange={({ currentTarget: { checked } }) => change({ data: checked ? 'mini:1' : '' })} />}
      {drawn
        ? <NumberInput label={t('evaluate.form.seed')} w={200} min={0} max={999_999_999} allowDecimal={false} value={Number(form.data.slice(5))} onChange={(seed) => change({ data: `mini:${Math.max(0, Number(seed))}` })} />
        : <FileField label={t('evaluate.form.data')} help={form.data.startsWith('upload:') ? t('evaluate.form.uploaded') : t('evaluate.form.dataHelp')} value={form.data} onChange={(data) => change({ data })} onFault={onFault} />}
    </Stack>
  );
}
