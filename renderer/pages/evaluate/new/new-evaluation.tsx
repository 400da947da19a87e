import { Anchor, Button, Collapse, Group, NumberInput, SegmentedControl, Select, Stack, Switch, TextInput, Title } from '@mantine/core';
import { useDebouncedValue, useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { ChevronDown, ChevronRight, CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import { useEngine } from '../../../connection/hooks.ts';
import { engineWords, errorWords } from '../../../i18n/engine-words.ts';
import { FaultNote } from '../../../parts/fault-note.tsx';
import { useNavigateFrom } from '../../../parts/navigate-from.ts';
import { useStillHere } from '../../../parts/still-here.ts';
import { visibleText } from '../../../parts/turns/visible.ts';
import { useParameters } from '../../train/address.ts';
import css from '../form.module.css';
import { FileField } from '../import/import-page.tsx';
import { benchmarkNames, titleOf } from '../published.ts';
import { type Form, draftOf, useForm, withBenchmark } from './draft.ts';
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
  const [more, { toggle }] = useDisclosure(false);
  const choices = useEngine('playground.choices', undefined).data;
  const { data: web } = useEngine('settings.web', undefined);
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
  const mini = form.benchmark === 'mat-mini';
  const drawn = form.data.startsWith('mini:');
  return (
    <div className={css.page}>
      <form className={css.columns} onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}>
        <div className={css.card}>
          <Title order={1} size="h2" mb="sm">{t('evaluate.form.title')}</Title>
          <Stack gap="sm">
            <Select label={t('evaluate.form.benchmark')} value={form.benchmark} onChange={(next) => next !== null && change(withBenchmark(form, next as Form['benchmark']))} data={benchmarkNames.map((value) => ({ value, label: titleOf(value) }))} allowDeselect={false} />
            {mini && <Switch label={t('evaluate.form.mini')} checked={drawn} onChange={({ currentTarget: { checked } }) => change({ data: checked ? 'mini:1' : '' })} />}
            {drawn
              ? <NumberInput label={t('evaluate.form.seed')} w={200} min={0} max={999_999_999} allowDecimal={false} value={Number(form.data.slice(5))} onChange={(seed) => change({ data: `mini:${Math.max(0, Number(seed))}` })} />
              : <FileField label={t('evaluate.form.data')} help={form.data.startsWith('upload:') ? t('evaluate.form.uploaded') : t('evaluate.form.dataHelp')} value={form.data} onChange={(data) => change({ data })} onFault={setFault} />}
          </Stack>
          <section className={css.section}>
            <h2>{t('evaluate.form.policy')}</h2>
            <PolicyFields form={form} change={change} />
          </section>
          <section className={css.section}>
            <h2>{t('evaluate.form.mode')}</h2>
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
              <Button variant="subtle" color="gray" size="compact-sm" justify="flex-start" px={0} w="fit-content" leftSection={more ? <ChevronDown size={16} /> : <ChevronRight size={16} />} onClick={toggle} aria-expanded={more}>{t('evaluate.form.more')}</Button>
              <Collapse expanded={more}>
                <Group grow align="flex-start">
                  <NumberInput label={t('evaluate.form.temperature')} min={0} max={2} step={0.1} decimalScale={2} value={form.temperature} onChange={(value) => change({ temperature: Number(value) })} />
                  <NumberInput label={t('evaluate.form.maxNewTokens')} min={1} max={100_000} allowDecimal={false} value={form.maxNewTokens} onChange={(value) => change({ maxNewTokens: Math.max(1, Number(value)) })} />
                  <NumberInput label={t('evaluate.form.steps')} min={1} max={64} allowDecimal={false} value={form.steps} onChange={(value) => change({ steps: Math.max(1, Number(value)) })} />
                  <NumberInput label={t('evaluate.form.samplingSeed')} min={0} max={2_147_483_647} allowDecimal={false} value={form.seed} onChange={(value) => change({ seed: Math.max(0, Number(value)) })} />
                  {!drawn && <TextInput label={t('evaluate.form.split')} value={form.split} onChange={({ currentTarget: { value } }) => change({ split: value === '' ? 'test' : value })} />}
                </Group>
              </Collapse>
            </Stack>
          </section>
        </div>
        <aside className={css.side} aria-label={t('evaluate.form.before')}>
          <h2>{t('evaluate.form.before')}</h2>
          {check.error && <FaultNote error={check.error} />}
          {!check.data && !check.error && <p className="faint">{t('evaluate.form.checking')}</p>}
          {check.data && <Findings found={check.data} />}
          {fault !== undefined && <FaultNote error={fault} />}
          <Button type="submit" fullWidth mt="md" disabled={working || !settled || check.data?.ready !== true}>{t(working ? 'evaluate.form.starting' : !settled ? 'evaluate.form.busy' : check.data?.ready ? 'evaluate.form.start' : 'evaluate.form.notReady')}</Button>
          <Anchor href="#/evaluate" size="sm" display="block" ta="center" mt="sm">{t('evaluate.cancel')}</Anchor>
        </aside>
      </form>
    </div>
  );
}

const icons = { ok: CircleCheck, warning: CircleAlert, problem: CircleX } as const;

type Found = { readonly ready: boolean; readonly items: number | null; readonly findings: readonly { readonly id: 'data' | 'images' | 'policy' | 'endpoint' | 'prompts' | 'code' | 'search' | 'scorer'; readonly status: keyof typeof icons; readonly detail: string }[] };

function Findings({ found: { findings } }: { readonly found: Found }) {
  const { t } = useTranslation();
  return (
      <ul className={css.findings} aria-live="polite">
        {findings.map(({ id, status, detail }) => {
          const Icon = icons[status];
          return (
            <li key={id} data-status={status}>
              <Icon size={14} aria-label={t(`evaluate.form.status.${status}`)} />
              <div>
                <b>{t(`evaluate.form.finding.${id}`)}</b>
                <span className="foreign">{engineWords(detail)}</span>
              </div>
            </li>
          );
        })}
      </ul>
  );
}
