import { Button, Group, PasswordInput, Select, Stack, Switch, Text, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { once } from '../../parts/once.ts';
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
      {data && <WebFields kept={data} />}
      <Keys />
    </Section>
  );
}

function WebFields({ kept }: { readonly kept: Web }) {
  const { t } = useTranslation();
  const [edits, setEdits] = useState<Partial<Web>>({});
  const [fault, setFault] = useState<unknown>();
  const web = { ...kept, ...edits };
  const change = (part: Partial<Web>): void => setEdits((before) => ({ ...before, ...part }));
  // What is saved is no edit any more; what was written meanwhile is.
  useEffect(() => setEdits((before) => Object.fromEntries(Object.entries(before).filter(([key, value]) => value !== kept[key as keyof Web]))), [kept]);
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
  const [entry, setEntry] = useState<{ readonly name: string; readonly value: string }>();
  const [fault, setFault] = useState<unknown>();
  const titleOf = (name: string): string => (name === 'endpoint' ? t('settings.search.endpointKey') : (names[name as Engine] ?? name));
  const act = (name: string, work: () => Promise<unknown>, said: string): Promise<void> => once(`settings.key ${name}`, async () => {
    try {
      await work();
      setFault(undefined);
      setEntry((now) => (now?.name === name ? undefined : now));
      notifications.show({ message: said });
    } catch (error) {
      setFault(error);
      setEntry((now) => (now?.name === name ? { name, value: '' } : now));
    }
  });
  return (
    <>
      <Text fw={600} size="sm">
        {t('settings.search.keys')}
      </Text>
      <p className={css.help}>{t('settings.search.keysHelp')}</p>
      {data.map(({ name, variable, source }) => (
        <div key={name} className={css.row}>
          <span>{titleOf(name)}</span>
          {entry?.name === name ? (
            <PasswordInput size="xs" aria-label={t('settings.search.value', { name: titleOf(name) })} value={entry.value} onChange={({ currentTarget: { value } }) => setEntry({ name, value })} autoComplete="off" data-autofocus />
          ) : (
            <span className={css.detail}>{source === 'environment' ? t('settings.search.environment', { variable }) : source === 'keychain' ? t('settings.search.keychain') : t('settings.search.none')}</span>
          )}
          <Group gap={4}>
            {entry?.name === name ? (
              <Button size="compact-xs" disabled={entry.value.trim() === ''} onClick={() => void act(name, () => engine.call('settings.storeKey', entry), t('settings.search.stored', { name: titleOf(name) }))}>
                {t('settings.search.save')}
              </Button>
            ) : (
              <Button size="compact-xs" variant="default" aria-label={`${t(source === null ? 'settings.search.set' : 'settings.search.replace')}${t('frame.marks.colon')}${titleOf(name)}`} onClick={() => setEntry({ name, value: '' })}>
                {t(source === null ? 'settings.search.set' : 'settings.search.replace')}
              </Button>
            )}
            {source === 'keychain' && (
              <Button size="compact-xs" variant="default" aria-label={`${t('settings.search.remove')}${t('frame.marks.colon')}${titleOf(name)}`} onClick={() => void act(name, () => engine.call('settings.removeKey', { name }), t('settings.search.removed', { name: titleOf(name) }))}>
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
