import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useNavigateFrom } from '../../parts/navigate-from.ts';
import { useTried } from '../../parts/tried.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';

/** What is done to datasets and samples; a failure is said, and what deletes can be undone. */
export function useDatasetActions() {
  const { t } = useTranslation();
  const navigate = useNavigateFrom('/datasets', 'dataset');
  const tried = useTried();
  const undo = (message: string, bin: number): void => undoNotice(message, t('datasets.undo'), () => void tried(async () => void (await engine.call('settings.restore', { id: bin }))));
  return {
    tried,
    remove: (dataset: number, name: string, onDone = (): void => {}) =>
      tried(async () => {
        const { bin } = await engine.call('datasets.remove', { dataset });
        onDone();
        undo(t('datasets.removed', { name: visibleText(name) }), bin);
      }, 'datasets.remove'),
    removeSamples: (dataset: number, ordinals: readonly number[], onDone = (): void => {}) =>
      tried(async () => {
        const { bin } = await engine.call('datasets.removeSamples', { dataset, ordinals: [...ordinals] });
        onDone();
        undo(t('datasets.removedSamples', { count: ordinals.length }), bin);
      }, 'datasets.removeSamples'),
    tag: (dataset: number, ordinals: readonly number[], tag: string, on: boolean) => tried(async () => void (await engine.call('datasets.tag', { dataset, ordinals: [...ordinals], tag, on }))),
    train: (dataset: number) =>
      tried(async () => {
        const { file } = await engine.call('datasets.asFile', { dataset, filter: {} });
        await navigate({ to: '/train/-/new', search: { set: { 'data.train': file } } as never });
      }, `datasets.asFile ${dataset}`),
  };
}
