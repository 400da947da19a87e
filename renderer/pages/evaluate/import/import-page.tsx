import { Button, Group, SegmentedControl, Select, Stack, TextInput, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EvaluationDraft } from '../../../../preload/contract/evaluations.ts';
import { engine } from '../../../connection/engine.ts';
import { engineWords, errorWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useNavigateFrom } from '../../../parts/navigate-from.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { FileField } from '../file-field.tsx';
import css from '../form.module.css';
import { benchmarkNames, titleOf } from '../published.ts';

/** Predictions that were made elsewhere, as a row of the table. */
export function ImportPage() {
  const { t } = useTranslation();
  const navigate = useNavigateFrom('/evaluate/-/import');
  const [benchmark, setBenchmark] = useState<EvaluationDraft['benchmark']>('mat-coding');
  const [scorer, setScorer] = useState<EvaluationDraft['scorer']>('paper');
  const [predictions, setPredictions] = useState('');
  const [gold, setGold] = useState('');
  const [title, setTitle] = useState('');
  const [working, setWorking] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const run = async (): Promise<void> => {
    setWorking(true);
    setFault(undefined);
    try {
      const { name, items, notes } = await engine.call('evaluations.importPredictions', { predictions, gold, benchmark, scorer, title });
      notifications.show({ message: [t('evaluate.imports.done', { name: title || name, items }), ...notes.map(engineWords)].join(' ') });
      await navigate({ to: '/evaluate/$name', params: { name } });
    } catch (error) {
      if (isHere()) setFault(error);
      else notifications.show({ autoClose: false, color: 'red', title: t('evaluate.imports.notImported'), message: visibleText(errorWords(error)) });
    } finally {
      setWorking(false);
    }
  };
  return (
    <div className={css.page}>
      <form className={css.card} onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}>
        <Title order={1} size="h2">{t('evaluate.imports.title')}</Title>
        <p className={css.help}>{t('evaluate.imports.text')}</p>
        <Stack gap="md">
          <Group grow align="flex-start">
            <Select label={t('evaluate.form.benchmark')} value={benchmark} onChange={(next) => setBenchmark((next ?? 'mat-coding') as EvaluationDraft['benchmark'])} data={benchmarkNames.map((value) => ({ value, label: titleOf(value) }))} allowDeselect={false} />
            <div>
              <div className={css.label}>{t('evaluate.form.scorer')}</div>
              <SegmentedControl fullWidth aria-label={t('evaluate.form.scorer')} value={scorer} onChange={(next) => setScorer(next as EvaluationDraft['scorer'])} data={(['paper', 'standard'] as const).map((value) => ({ value, label: t(`evaluate.scorer.${value}`) }))} />
            </div>
          </Group>
          <FileField label={t('evaluate.imports.file')} help={t('evaluate.imports.fileHelp')} value={predictions} onChange={setPredictions} onFault={setFault} />
          <FileField label={t('evaluate.imports.gold')} help={t('evaluate.imports.goldHelp')} value={gold} onChange={setGold} onFault={setFault} />
          <TextInput label={t('evaluate.imports.name')} description={t('evaluate.imports.nameHelp')} inputWrapperOrder={['label', 'input', 'description']} maxLength={120} value={title} onChange={({ currentTarget: { value } }) => setTitle(value)} />
          {fault !== undefined && <FaultNote error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" component="a" href="#/evaluate">{t('evaluate.cancel')}</Button>
            <Button type="submit" disabled={predictions.trim() === '' || working}>{t(working ? 'evaluate.imports.running' : 'evaluate.imports.run')}</Button>
          </Group>
        </Stack>
      </form>
    </div>
  );
}
