import { Anchor, Button, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { errorWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useNavigateFrom } from '../../../parts/navigate-from.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { useParameters } from '../../train/address.ts';
import css from '../form.module.css';
import { benchmarkNames } from '../published.ts';
import { BenchmarkFields } from './benchmark-fields.tsx';
import { type Form, draftOf, useForm, withBenchmark } from './draft.ts';
import { Findings } from './findings.tsx';
import { ModeFields } from './mode-fields.tsx';
import { PolicyFields } from './policy-fields.tsx';

/** What is to be evaluated on what; what stands in the way is said before it starts. */
export function NewEvaluation() {
  const { t } = useTranslation();
  const navigate = useNavigateFrom('/evaluate/-/new');
  const [read] = useParameters();
  const [form, change] = useForm();
  const [working, setWorking] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const isHere = useStillHere();
  const choices = useEngine('playground.choices', undefined).data;
  const wished = benchmarkNames.find((each) => each === read('benchmark')) as Form['benchmark'] | undefined;
  useEffect(() => {
    if (wished && wished !== form.benchmark) change(withBenchmark(form, wished));
    // A link says what to begin with, once.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [wished]);
  const draft = draftOf(form, choices?.models[0]?.folder ?? '');
  const [asked] = useDebouncedValue(draft, 400);
  const check = useEngine('evaluations.check', asked, { keepPrevious: true });
  const settled = JSON.stringify(asked) === JSON.stringify(draft) && !check.isFetching && !check.isPlaceholderData;
  const start = async (): Promise<void> => {
    setWorking(true);
    setFault(undefined);
    try {
      const { name } = await engine.call('evaluations.start', draft);
      await navigate({ to: '/evaluate/$name', params: { name } });
    } catch (error) {
      if (isHere()) setFault(error);
      else notifications.show({ autoClose: false, color: 'red', title: t('evaluate.form.notStarted'), message: visibleText(errorWords(error)) });
    } finally {
      setWorking(false);
    }
  };
  return (
    <div className={css.page}>
      <form className={css.columns} onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}>
        <div className={css.card}>
          <Title order={1} size="h2" mb="sm">{t('evaluate.form.title')}</Title>
          <BenchmarkFields form={form} change={change} onFault={setFault} />
          <section className={css.section}>
            <h2>{t('evaluate.form.policy')}</h2>
            <PolicyFields form={form} change={change} />
          </section>
          <section className={css.section}>
            <h2>{t('evaluate.form.mode')}</h2>
            <ModeFields form={form} change={change} />
          </section>
        </div>
        <aside className={css.side} aria-label={t('evaluate.form.before')}>
          <h2>{t('evaluate.form.before')}</h2>
          {check.error && <FaultNote error={check.error} />}
          {!check.data && !check.error && <p className="faint">{t('evaluate.form.checking')}</p>}
          {check.data && <Findings findings={check.data.findings} />}
          {fault !== undefined && <FaultNote error={fault} />}
          <Button type="submit" fullWidth mt="md" disabled={working || !settled || check.data?.ready !== true}>{t(working ? 'evaluate.form.starting' : !settled ? 'evaluate.form.busy' : check.data?.ready ? 'evaluate.form.start' : 'evaluate.form.notReady')}</Button>
          <Anchor href="#/evaluate" size="sm" display="block" ta="center" mt="sm">{t('evaluate.cancel')}</Anchor>
        </aside>
      </form>
    </div>
  );
}
