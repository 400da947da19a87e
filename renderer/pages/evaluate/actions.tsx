import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { saveFile } from '../../parts/save-file.ts';
import { useTried } from '../../parts/tried.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';

const types = { md: 'text/markdown', csv: 'text/csv', json: 'application/json' } as const;
export type Form = keyof typeof types;

/** Stop and Resume stand in one place: the second press of a double click does not undo the first. */
const turn = (name: string): string => `evaluations.turn ${name}`;

/** What can be done with evaluations, with a word when it fails. */
export function useEvaluationActions() {
  const { t } = useTranslation();
  const [stopping, setStopping] = useState<string>();
  const tried = useTried();
  const copy = (text: string): Promise<void> => tried(async () => {
    await navigator.clipboard.writeText(text);
    notifications.show({ message: t('evaluate.copied') });
  });
  const save = (file: string, text: string, form: Form): void => {
    saveFile(file, new Blob([text], { type: types[form] }));
    notifications.show({ message: t('evaluate.saved', { file }) });
  };
  return {
    stopping,
    copy,
    save,
    stop: (name: string) =>
      tried(async () => {
        setStopping(name);
        try {
          await engine.call('evaluations.stop', { name });
          notifications.show({ message: t('evaluate.stopped', { name }) });
        } finally {
          setStopping(undefined);
        }
      }, turn(name)),
    resume: (name: string, retryInvalid = false) => tried(async () => void (await engine.call('evaluations.resume', { name, retryInvalid })), turn(name)),
    copyReport: (name: string) => tried(async () => copy((await engine.call('evaluations.report', { name, form: 'md' })).text), `evaluations.copyReport ${name}`),
    saveReport: (name: string, form: Form) => tried(async () => save(`${name}.${form}`, (await engine.call('evaluations.report', { name, form })).text, form), `evaluations.saveReport ${form} ${name}`),
    remove: (names: readonly string[], after?: () => void) =>
      tried(async () => {
        const { bin } = await engine.call('evaluations.remove', { names: [...names] });
        undoNotice(t('evaluate.removed', { count: names.length, name: names[0] ?? '' }), t('evaluate.undo'), () => void tried(async () => void (await engine.call('evaluations.restore', { bin }))));
        after?.();
      }, 'evaluations.remove'),
  };
}

export type EvaluationActions = ReturnType<typeof useEvaluationActions>;
