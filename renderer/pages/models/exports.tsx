import { Button, Group, Progress, SegmentedControl, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../preload/contract.ts';
import type { Calls } from '../../../preload/rpc/frames.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { faultWords } from '../../i18n/engine-words.ts';
import { bytes } from '../../parts/numbers.ts';
import { useStillHere } from '../../parts/still-here.ts';
import { useTried } from '../../parts/tried.ts';
import { modelPath } from './address.ts';
import { type Named, nameOf } from './figures.ts';
import { FolderField, FormDialog } from './folder-dialogs.tsx';
import css from './models.module.css';

type Export = Calls<AppContract>['models.exports']['output'][number];

/** Exports of this session; nothing where there are none. */
export function ExportList() {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const { data } = useEngine('models.exports', undefined, busy ? { refetchMs: 500 } : {});
  const writing = data?.some(({ state }) => state === 'writing') ?? false;
  useEffect(() => setBusy(writing), [writing]);
  if (!data || data.length === 0) return null;
  return (
    <section className={css.section} aria-labelledby="models-exports">
      <Title order={2} id="models-exports" mb="xs">
        {t('models.export.list')}
      </Title>
      {data.toReversed().map((each) => (
        <ExportRow key={each.id} each={each} />
      ))}
    </section>
  );
}

function ExportRow({ each: { id, name, run, form, folder, state, doneBytes, totalBytes, fault } }: { readonly each: Export }) {
  const { t } = useTranslation();
  const what = t(`models.export.what.${form}`, { name: nameOf(t, { name, run }) });
  const isHere = useStillHere();
  const tried = useTried();
  const openModel = (): Promise<void> =>
    tried(async () => {
      await engine.call('models.open', { folder });
      await engine.call('models.endExport', { id });
      if (isHere()) location.hash = modelPath(folder);
    }, `models.open ${folder}`);
  return (
    <div className={css.export}>
      <div style={{ minWidth: 0 }}>
        <Text size="sm" className="foreign">
          {what}
        </Text>
        <div className={`${css.path} foreign`} title={folder}>
          {folder}
        </div>
        {fault && <div className={`${css.exportFault} foreign`}>{faultWords(fault)}</div>}
      </div>
      <div>
        <Text size="xs" className={state === 'failed' ? css.exportFault : 'faint'} mb={4} role="status">
          {t(`models.export.state.${state}`, { done: bytes(doneBytes), total: bytes(totalBytes) })}
        </Text>
        <Progress value={state === 'done' ? 100 : (100 * doneBytes) / Math.max(1, totalBytes)} size={6} aria-label={what} {...(state === 'failed' && { color: 'red' })} />
      </div>
      <Group gap="sm" justify="flex-end" wrap="nowrap">
        {state === 'done' && form === 'merged' && (
          <Button size="compact-sm" variant="default" onClick={() => void openModel()}>
            {t('models.export.openModel')}
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={() => void tried(() => engine.call('models.endExport', { id }), 'models.endExport')}>
          {t(state === 'writing' ? 'models.export.stop' : 'models.export.close')}
        </Button>
      </Group>
    </div>
  );
}

type ExportDialogProps = { readonly adapter: { readonly kind: 'lora' | 'full'; readonly folder: string } & Named; readonly onClose: () => void };

export function ExportDialog({ adapter, onClose }: ExportDialogProps) {
  const { t } = useTranslation();
  const full = adapter.kind === 'full';
  const [form, setForm] = useState<'adapter' | 'merged'>(full ? 'merged' : 'adapter');
  const [folder, setFolder] = useState('');
  const act = async (): Promise<void> => {
    await engine.call('models.export', { adapter: adapter.folder, form, folder });
    notifications.show({ message: t('models.export.begun', { folder: folder.trim() }) });
  };
  return (
    <FormDialog title={t('models.export.title', { name: nameOf(t, adapter) })} text={t(form === 'adapter' ? 'models.export.adapterText' : full ? 'models.export.fullText' : 'models.export.mergedText')} action={t('models.export.action')} ready={folder.trim() !== ''} act={act} onClose={onClose}>
      {!full && <SegmentedControl fullWidth value={form} onChange={(next) => setForm(next as typeof form)} data={[{ value: 'adapter', label: t('models.export.adapter') }, { value: 'merged', label: t('models.export.merged') }]} />}
      <FolderField label={t('models.export.folder')} hint={t('models.export.hint')} placeholder="/home/…/my-model" value={folder} onChange={setFolder} />
    </FormDialog>
  );
}
