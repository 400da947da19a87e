import { useDebouncedValue } from '@mantine/hooks';
import { ClipboardCheck } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine, useSettled } from '../../connection/hooks.ts';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { whole } from '../../parts/numbers.ts';
import { ReasonedButton } from '../../parts/reasoned-button.tsx';
import { useForm, withBenchmark } from '../evaluate/new/draft.ts';
import { useDatasetActions } from './actions.tsx';
import type { Address } from './address.ts';

/** To a new evaluation on the samples that the filters leave; says why where they are of no use for one. */
export function EvaluateOnIt({ dataset, filter }: { readonly dataset: number; readonly filter: Address['filter'] }) {
  const { t } = useTranslation();
  const navigate = useNavigateFrom('/datasets', 'dataset');
  const { tried } = useDatasetActions();
  const [form, change] = useForm();
  const [writing, setWriting] = useState(false);
  // The page's own rows are asked for first.
  const [asked] = useDebouncedValue(filter, 400);
  const { data } = useEngine('datasets.scoredAs', { dataset, filter: asked }, { keepPrevious: true, enabled: useSettled() });
  const open = async (): Promise<void> => {
    setWriting(true);
    await tried(async () => {
      const { benchmark, why } = await engine.call('datasets.scoredAs', { dataset, filter });
      if (benchmark === null) throw new Error(t(`datasets.evaluate.${why ?? 'empty'}`));
      const [{ file }, { models }] = await Promise.all([engine.call('datasets.asFile', { dataset, filter }), engine.call('playground.choices', undefined)]);
      const next = { ...form, ...withBenchmark(form, benchmark) };
      const model = models.find(({ folder }) => folder === form.folder) ?? models[0];
      change({ ...next, data: file, limit: null, ...(next.kind === 'local' && model && benchmark !== 'mat-mini' && { prompts: model.prompts }) });
      await navigate({ to: '/evaluate/-/new', search: {} });
    });
    setWriting(false);
  };
  return (
    <ReasonedButton size="xs" variant="default" leftSection={<ClipboardCheck size={14} aria-hidden />} loading={writing} why={data?.why ? t(`datasets.evaluate.${data.why}`) : undefined} help={t('datasets.evaluate.help', { count: data?.count ?? 0, samples: whole(data?.count ?? 0) })} onClick={() => void open()}>
      {t('datasets.evaluate.open')}
    </ReasonedButton>
  );
}
