import { useNavigate } from '@tanstack/react-router';
import { MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ReasonedButton } from '../../../parts/reasoned-button.tsx';
import { visibleText } from '../../../parts/turns/visible.ts';
import { asking } from '../../playground/asking.ts';
import { type Setup, useSetup } from '../../playground/setup.ts';
import type { Whole } from './evaluation-page.tsx';

/** To the playground, to ask who was evaluated, in the same words; says why where that cannot be. Nothing for a script. */
export function AskWho({ whole: { asked, row } }: { readonly whole: Whole }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [, change] = useSetup();
  if (asked === null) return null;
  const why = asked.kind === 'unknown' ? t('evaluate.one.askUnknown') : asked.kind === 'local' && !asked.known ? t('evaluate.one.askAway', { folder: visibleText(asked.adapter ?? asked.folder) }) : undefined;
  const ask = (): void => {
    if (asked.kind === 'unknown') return;
    const who: Partial<Setup> = asked.kind === 'local' ? { kind: 'local', folder: asked.folder, adapter: asked.adapter } : { kind: 'endpoint', url: asked.url, model: asked.model, key: asked.key };
    change({ ...who, prompts: asked.prompts, direct: row.mode === 'direct' });
    // The conversation before is another's.
    asking.show(undefined);
    void navigate({ to: '/playground', search: {} });
  };
  return (
    <ReasonedButton size="xs" variant="default" leftSection={<MessagesSquare size={14} aria-hidden />} why={why} help={t('evaluate.one.askHelp')} onClick={ask}>
      {t('evaluate.one.ask')}
    </ReasonedButton>
  );
}
