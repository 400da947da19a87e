import { Button, Group, PasswordInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { Section } from './section.tsx';
import css from './settings.module.css';

type Engine = 'searxng' | 'serper' | 'brave' | 'tavily';
type Web = { readonly on: boolean; readonly engine: Engine; readonly endpoint: string; readonly readPages: boolean };

const names: Readonly<Record<Engine, string>> = { searxng: 'SearXNG', serper: 'Serper', brave: 'Brave', tavily: 'Tavily' };

/** Whether the agent may search the web, with what, and the keys. */
export function Searching() {
  const { t } = useTranslation();
  const { data } = useEngine('settings.web', undefined);
  return (
    <Section id="search" title={t('settings.search.title')} {...(data && { help: data.on ? t('settings.search.online', { engine: names[data.engine] }) : t('settings.search.offline') })}>
      {data && <WebFields key={JSON.stringify(data)} kept={data} />}
      <Keys />
    </Section>
  );
}

function WebFields({ kept }: { readonly kept: Web }) {
  const { t } = useTranslation();
  const [web, setWeb] = useState(kept);
  const [fault, setFault] = useState<unknown>();
  const change = (part: Partial<Web>): void => setWeb((before) => ({ ...before, ...part }));
  const save = async (): Promise<void> => {
    try {
      await engine.call('settings.setWeb', web);
      setFault(undefined);
      notifications.show({ message: t('settings.search.saved') });
    } catch (error) {
      setFault(error);
    }
  };
  const changed = JSON.stringify(web) !== JSON.stringify(kept);
  return (
    <Stack gap="sm" mb="lg">
      <Switch label={t('settings.search.on')} checked={web.on} onChange={({ currentTarget: { checked } }) => change({ on: checked })} />
      {(web.on || changed) && (
        <>
          <Group align="flex-start" grow>
            <Select label={t('settings.search.engine')} value={web.engine} onChange={(name) => change({ engine: (name ?? 'searxng') as Engine })} data={Object.entries(names).map(([value, label]) => ({ value, label }))} allowDeselect={false} />
            <TextInput label={t('settings.search.endpoint')} description={t('settings.search.endpointHelp')} inputWrapperOrder={['label', 'input', 'description']} value={web.endpoint} onChange={({ currentTarget: { value } }) => change({ endpoint: value })} />
          </Group>
          <Switch label={t('settings.search.readPages')} checked={web.readPages} onChange={({ currentTarget: { checked } }) => change({ readPages: checked })} />
        </>
      )}
      {fault !== undefined && <FaultNote error={fault} />}
      {changed && (
        <div>
          <Button size="compact-md" onClick={() => void save()}>
            {t('settings.search.save')}
          </Button>
        </div>
      )}
    </Stack>
  );
}

function Keys() {
  const { t } = useTranslation();
  const { data = [] } = useEngine('settings.keys', undefined);
  const [entering, setEntering] = useState<string>();
  const [value, setValue] = useState('');
  const [fault, setFault] = useState<unknown>();
  const titleOf = (name: string): string => (name === 'endpoint' ? t('settings.search.endpointKey') : (names[name as Engine] ?? name));
  const act = async (work: () => Promise<unknown>, said: string): Promise<void> => {
    try {
      await work();
      setFault(undefined);
      setEntering(undefined);
      notifications.show({ message: said });
    } catch (error) {
      setFault(error);
    } finally {
      setValue('');
    }
  };
  return (
    <>
      <Text fw={600} size="sm">
        {t('settings.search.keys')}
      </Text>
      <p className={css.help}>{t('settings.search.keysHelp')}</p>
      {data.map(({ name, variable, source }) => (
        <div key={name} className={css.row}>
          <span>{titleOf(name)}</span>
          {entering === name ? (
            <PasswordInput size="xs" aria-label={t('settings.search.value', { name: titleOf(name) })} value={value} onChange={({ currentTarget: { value: typed } }) => setValue(typed)} autoComplete="off" data-autofocus />
          ) : (
            <span className={css.detail}>{source === 'environment' ? t('settings.search.environment', { variable }) : source === 'keychain' ? t('settings.search.keychain') : t('settings.search.none')}</span>
          )}
          <Group gap={4}>
            {entering === name ? (
              <Button size="compact-xs" disabled={value.trim() === ''} onClick={() => void act(() => engine.call('settings.storeKey', { name, value }), t('settings.search.stored', { name: titleOf(name) }))}>
                {t('settings.search.save')}
              </Button>
            ) : (
              <Button size="compact-xs" variant="default" aria-label={`${t(source === null ? 'settings.search.set' : 'settings.search.replace')}${t('frame.marks.colon')}${titleOf(name)}`} onClick={() => setEntering(name)}>
                {t(source === null ? 'settings.search.set' : 'settings.search.replace')}
              </Button>
            )}
            {source === 'keychain' && (
              <Button size="compact-xs" variant="default" aria-label={`${t('settings.search.remove')}${t('frame.marks.colon')}${titleOf(name)}`} onClick={() => void act(() => engine.call('settings.removeKey', { name }), t('settings.search.removed', { name: titleOf(name) }))}>
                {t('settings.search.remove')}
              </Button>
            )}
          </Group>
        </div>
      ))}
      {fault !== undefined && <FaultNote error={fault} />}
    </>
  );
}
