import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../../connection/engine.ts';
import type { Ways } from '../use-ways.ts';
import { goToLack } from './lacking.tsx';
import type { Editor } from './use-editor.ts';

/** Hands the sample over to a reviewer and leads on to the next; to what it lacks where it lacks something. @param onBox Begins to draw the box. */
export function useSubmit(dataset: number, me: string, { opened: { ordinal, index }, flush }: Editor, ways: Ways, onBox: () => void) {
  const { t } = useTranslation();
  const [submitting, setSubmitting] = useState(false);
  const { say } = ways;
  const submit = (): Promise<void> => ways.tried(async () => {
    if (submitting) return;
    setSubmitting(true);
    try {
      if (!(await flush())) return;
      const { lacks: left, steps, annotation: { state } } = await engine.call('annotate.open', { dataset, ordinal });
      if (state === 'submitted' || state === 'accepted') return say(t('annotate.submit.already'));
      if (left[0]) return ways.isOpen(ordinal) ? goToLack(left[0], steps, onBox) : undefined;
      const { next } = await engine.call('annotate.submit', { dataset, ordinal, author: me });
      say(t(next === null ? 'annotate.submit.last' : 'annotate.submit.done', { number: index + 1 }));
      if (next !== null && ways.isOpen(ordinal)) ways.open(next);
    } finally {
      setSubmitting(false);
    }
  });
  return { submit, submitting };
}
