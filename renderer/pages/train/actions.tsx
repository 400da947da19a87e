import { notifications } from '@mantine/notifications';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useTried } from '../../parts/tried.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';

/** Stop and Resume stand in one place: the second press of a double click does not undo the first. */
const turn = (run: string): string => `runs.turn ${run}`;

/** What can be done with runs, with a word when it fails. */
export function useRunActions() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const tried = useTried();
  return {
    stop: (run: string, now: boolean) =>
      tried(async () => {
        const { checkpoint } = await engine.call('runs.stop', { run, now });
        notifications.show({ message: checkpoint === null ? t('train.stopped.nothing', { run }) : t('train.stopped.saved', { run, step: checkpoint }) });
      }, now ? `runs.stopNow ${run}` : turn(run)),
    resume: (run: string) => tried(async () => void (await engine.call('runs.resume', { run })), turn(run)),
    remove: (runs: readonly string[]) =>
      tried(async () => {
        const { bin } = await engine.call('runs.remove', { runs: [...runs] });
        undoNotice(t('train.removed', { count: runs.length, run: runs[0] ?? '' }), t('train.undo'), () => void tried(async () => void (await engine.call('runs.restore', { bin }))));
      }, 'runs.remove'),
    annotate: (runs: readonly string[], marks: { note?: string; tags?: string[]; addTag?: string; pinned?: boolean; archived?: boolean }) => tried(async () => void (await engine.call('runs.annotate', { runs: [...runs], ...marks }))),
    duplicate: (run: string) => void navigate({ to: '/train/-/new', search: { from: run } }),
  };
}
