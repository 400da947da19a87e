import { Anchor, Button, Collapse, NumberInput, SegmentedControl, Select, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { useTried } from '../../parts/tried.ts';
import { CodeSwitch } from './code-switch.tsx';
import type { Setup } from './setup.ts';

type SetupFormProps = { readonly setup: Setup; readonly change: (change: Partial<Setup>) => void };

/** Who answers, and with which tools. */
export function SetupForm({ setup, change }: SetupFormProps) {
  const { t } = useTranslation();
  const [more, { toggle }] = useDisclosure(false);
  const { data: web } = useEngine('settings.web', undefined);
  const corpora = useEngine('playground.choices', undefined).data?.corpora ?? [];
  return (
    <Stack gap="sm">
      <SegmentedControl aria-label={t('playground.setup.kind')} value={setup.kind} onChange={(kind) => change({ kind: kind as Setup['kind'] })} data={[{ value: 'local', label: t('playground.setup.local') }, { value: 'endpoint', label: t('playground.setup.endpoint') }]} />
      {setup.kind === 'local' ? <LocalFields setup={setup} change={change} /> : <EndpointFields setup={setup} change={change} />}
      <CodeSwitch setup={setup} change={change} />
      <Select
        label={t('playground.setup.search')}
        value={setup.corpus}
        disabled={setup.direct}
        onChange={(corpus) => change({ corpus: corpus ?? '' })}
        data={[{ value: '', label: t('playground.setup.noSearch') }, { value: 'mini:777', label: t('playground.setup.miniCorpus') }, ...(web?.on ? [{ value: 'web', label: t('playground.setup.web') }] : []), ...corpora.filter((name) => !name.startsWith('passages-')).map((name) => ({ value: name, label: name }))]}
        allowDeselect={false}
      />
      <Button variant="subtle" color="gray" size="compact-sm" justify="flex-start" px={0} leftSection={more ? <ChevronDown size={16} /> : <ChevronRight size={16} />} onClick={toggle} aria-expanded={more}>
        {t('playground.setup.more')}
      </Button>
      <Collapse expanded={more}>
        <MoreFields setup={setup} change={change} />
      </Collapse>
    </Stack>
  );
}

function LocalFields({ setup: { folder, adapter }, change }: SetupFormProps) {
  const { t } = useTranslation();
  const { data } = useEngine('playground.choices', undefined);
  const models = data?.models ?? [];
  const base = models.find((model) => model.folder === folder) ?? models[0];
  const adapters = (data?.adapters ?? []).filter((each) => each.base === null || each.base === base?.folder);
  return (
    <>
      <div>
        <Select label={t('playground.setup.model')} value={base?.folder ?? ''} onChange={(chosen) => chosen !== null && change({ folder: chosen, adapter: null, prompts: '' })} data={models.map((model) => ({ value: model.folder, label: model.name }))} allowDeselect={false} />
        <Anchor href="#/models" size="xs">
          {t('playground.setup.openModels')}
        </Anchor>
      </div>
      <Select
        label={t('playground.setup.adapter')}
        value={adapter ?? ''}
        onChange={(chosen) => change({ adapter: chosen === '' ? null : chosen })}
        data={[{ value: '', label: t('playground.setup.noAdapter') }, ...adapters.map(({ folder: value, name }) => ({ value, label: name }))]}
        allowDeselect={false}
      />
    </>
  );
}

function EndpointFields({ setup: { url, model, key }, change }: SetupFormProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput label={t('playground.setup.url')} description={t('playground.setup.urlHelp')} value={url} onChange={({ currentTarget: { value } }) => change({ url: value })} />
      <TextInput label={t('playground.setup.modelName')} value={model} onChange={({ currentTarget: { value } }) => change({ model: value })} />
      <TextInput label={t('playground.setup.key')} description={t('playground.setup.keyHelp')} value={key} onChange={({ currentTarget: { value } }) => change({ key: value })} />
    </>
  );
}

function MoreFields({ setup, change }: SetupFormProps) {
  const { t } = useTranslation();
  const prompts = useEngine('playground.choices', undefined).data?.prompts ?? [];
  const tried = useTried();
  const release = (): Promise<void> =>
    tried(async () => {
      await engine.call('playground.release', undefined);
      notifications.show({ message: t('playground.setup.released') });
    }, 'playground.release');
  return (
    <Stack gap="sm">
      <Switch label={t('playground.setup.direct')} checked={setup.direct} onChange={({ currentTarget: { checked } }) => change({ direct: checked })} />
      <Select label={t('playground.setup.task')} value={setup.task} onChange={(task) => change({ task: task === 'search' ? 'search' : 'coding' })} data={[{ value: 'coding', label: t('playground.setup.coding') }, { value: 'search', label: t('playground.setup.searching') }]} allowDeselect={false} />
      <Select label={t('playground.setup.prompts')} value={setup.prompts} onChange={(name) => change({ prompts: name ?? '' })} data={[{ value: '', label: '–' }, ...prompts]} allowDeselect={false} />
      <NumberInput label={t('playground.setup.temperature')} description={t('playground.setup.temperatureHelp')} min={0} max={2} step={0.1} decimalScale={2} value={setup.temperature} onChange={(value) => change({ temperature: Number(value) })} />
      <NumberInput label={t('playground.setup.steps')} min={1} max={64} value={setup.steps} onChange={(value) => change({ steps: Math.max(1, Number(value)) })} />
      <NumberInput label={t('playground.setup.tokens')} min={1} max={100_000} value={setup.maxNewTokens} onChange={(value) => change({ maxNewTokens: Math.max(1, Number(value)) })} />
      <Button variant="default" size="compact-sm" onClick={() => void release()}>
        {t('playground.setup.release')}
      </Button>
    </Stack>
  );
}
