import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useTried } from '../../parts/tried.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';
import { useForm } from '../evaluate/new/draft.ts';
import { asking } from '../playground/asking.ts';
import { useSetup } from '../playground/setup.ts';

type Named = { readonly folder: string; readonly name: string };

/** What can be done with a model or an adapter from several places. */
export function useModelActions() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [, changeSetup] = useSetup();
  const [, changeEvaluation] = useForm();
  const tried = useTried();
  const undone = (message: string, back: () => Promise<unknown>): void => undoNotice(message, t('models.undo'), () => void tried(back));
  return {
    prefer: ({ folder, name }: Named): Promise<void> =>
      tried(async () => {
        const { before } = await engine.call('models.prefer', { folder });
        undone(t('models.list.preferredNow', { name }), () => engine.call('models.prefer', { folder: before }));
      }, 'models.prefer'),
    forget: ({ folder, name }: Named): Promise<void> =>
      tried(async () => {
        await engine.call('models.forget', { folder });
        undone(t('models.list.forgotten', { name }), () => engine.call('models.remember', { folder }));
      }, 'models.forget'),
    forgetAdapter: ({ folder, name }: Named): Promise<void> =>
      tried(async () => {
        await engine.call('models.forgetAdapter', { folder });
        undone(t('models.list.forgotten', { name }), () => engine.call('models.remember', { folder }));
      }, 'models.forget'),
    ask: (folder: string, adapter: string | null): void => {
      changeSetup({ kind: 'local', folder, adapter, prompts: '' });
      // The conversation before is another's.
      asking.show(undefined);
      void navigate({ to: '/playground', search: {} });
    },
    train: (folder: string, adapter: string | null, builtin: boolean): void => {
      const set = { 'model.folder': folder, ...(adapter !== null && { 'model.adapter': adapter }) };
      void navigate({ to: '/train/-/new', search: { preset: builtin ? 'quickstart' : 'workstation', set } as never });
    },
    evaluate: (folder: string, adapter: string | null): void => {
      changeEvaluation({ kind: 'local', folder, adapter });
      void navigate({ to: '/evaluate/-/new', search: {} });
    },
  };
}
