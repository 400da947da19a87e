import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { errorWords } from '../../i18n/engine-words.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';

/** What can be done with runs, with a word when it fails. */
export function useRunActions() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const tried = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      notifications.show({ color: 'red', title: t('train.failedTo'), message: errorWords(error), autoClose: 12_000 });
    }
  };
  return {
    tried,
    stop: (run: string, now: boolean) =>
      tried(async () => {
        const { checkpoint } = await engine.call('runs.stop', { run, now });
        notifications.show({ message: checkpoint === null ? t('train.stopped.nothing', { run }) : t('train.stopped.saved', { run, step: checkpoint }) });
      }),
    resume: (run: string) => tried(async () => void (await engine.call('runs.resume', { run }))),
    remove: (runs: readonly string[]) =>
      tried(async () => {
        const { bin } = await engine.call('runs.remove', { runs: [...runs] });
        undoNotice(t('train.removed', { count: runs.length, run: runs[0] ?? '' }), t('train.undo'), () => void tried(async () => void (await engine.call('runs.restore', { bin }))));
      }),
    annotate: (runs: readonly string[], marks: { note?: string; tags?: string[]; addTag?: string; pinned?: boolean; archived?: boolean }) => tried(async () => void (await engine.call('runs.annotate', { runs: [...runs], ...marks }))),
    duplicate: (run: string) => void navigate({ to: '/train/-/new', search: { from: run } }),
  };
}
