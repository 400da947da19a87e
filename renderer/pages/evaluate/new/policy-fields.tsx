import { Anchor, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../../connection/hooks.ts';
import type { Form, FormProps } from './draft.ts';

/** Who answers: a model of this machine, an endpoint, or a script that knows the built-in task. */
export function PolicyFields({ form, change }: FormProps) {
  const { t } = useTranslation();
  const kinds = form.benchmark === 'mat-mini' ? (['script', 'local', 'endpoint'] as const) : (['local', 'endpoint'] as const);
  return (
    <Stack gap="sm">
      <SegmentedControl aria-label={t('evaluate.form.policy')} value={form.kind} onChange={(kind) => change({ kind: kind as Form['kind'] })} data={kinds.map((value) => ({ value, label: t(`evaluate.form.${value}`) }))} />
      {form.kind === 'script' && <Select aria-label={t('evaluate.form.script')} value={form.script} onChange={(script) => change({ script: script as Form['script'] })} data={[{ value: 'mini-expert', label: t('evaluate.form.expert') }, { value: 'mini-guess', label: t('evaluate.form.guess') }]} allowDeselect={false} />}
      {form.kind === 'local' && <LocalFields form={form} change={change} />}
      {form.kind === 'endpoint' && (
        <>
          <Group grow align="flex-start">
            <TextInput label={t('evaluate.form.url')} description={t('evaluate.form.urlHelp')} inputWrapperOrder={['label', 'input', 'description']} value={form.url} onChange={({ currentTarget: { value } }) => change({ url: value.trim() })} />
            <TextInput label={t('evaluate.form.modelName')} value={form.model} onChange={({ currentTarget: { value } }) => change({ model: value })} />
          </Group>
          <TextInput label={t('evaluate.form.key')} description={t('evaluate.form.keyHelp')} inputWrapperOrder={['label', 'input', 'description']} value={form.key} onChange={({ currentTarget: { value } }) => change({ key: value.replaceAll(/[^\w.-]/g, '') })} />
        </>
      )}
    </Stack>
  );
}

const providers = ['cpu', 'webgpu', 'cuda', 'dml', 'coreml'] as const;

function LocalFields({ form: { folder, adapter, provider, quantize }, change }: FormProps) {
  const { t } = useTranslation();
  const { data } = useEngine('playground.choices', undefined);
  const models = data?.models ?? [];
  const base = models.find((model) => model.folder === folder) ?? models[0];
  const adapters = (data?.adapters ?? []).filter((each) => each.base === null || each.base === base?.folder);
  return (
    <>
      <Group grow align="flex-start">
        <div>
          <Select label={t('evaluate.form.model')} value={base?.folder ?? ''} onChange={(chosen) => {
            const model = models.find((each) => each.folder === chosen);
            if (model) change({ folder: model.folder, adapter: null, prompts: model.prompts });
          }} data={models.map((model) => ({ value: model.folder, label: model.name }))} allowDeselect={false} />
          <Anchor href="#/models" size="xs">{t('evaluate.form.openModels')}</Anchor>
        </div>
        <Select label={t('evaluate.form.adapter')} searchable value={adapter ?? ''} onChange={(chosen) => change({ adapter: chosen === '' ? null : chosen })} data={[{ value: '', label: t('evaluate.form.noAdapter') }, ...adapters.map((each) => ({ value: each.folder, label: each.name }))]} allowDeselect={false} />
      </Group>
      <Group grow align="flex-start">
        <Select label={t('evaluate.form.provider')} value={provider} onChange={(next) => change({ provider: next as Form['provider'] })} data={providers.map((value) => ({ value, label: t(`models.plan.providers.${value}`) }))} allowDeselect={false} />
        <Select label={t('evaluate.form.quantize')} value={quantize} onChange={(next) => change({ quantize: next ?? '' })} data={[{ value: '', label: t('evaluate.form.noQuantize') }, 'int4', 'int8']} allowDeselect={false} />
      </Group>
    </>
  );
}
