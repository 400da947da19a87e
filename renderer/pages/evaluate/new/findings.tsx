import { CircleAlert, CircleCheck, CircleX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { engineWords } from '../../../i18n/engine-words.ts';
import css from '../form.module.css';

const icons = { ok: CircleCheck, warning: CircleAlert, problem: CircleX } as const;

/** What a check before an evaluation found, one line for each thing. */
export function Findings({ findings }: Pick<Calls<AppContract>['evaluations.check']['output'], 'findings'>) {
  const { t } = useTranslation();
  return (
    <ul className={css.findings} aria-live="polite">
      {findings.map(({ id, status, detail }) => {
        const Icon = icons[status];
        return (
          <li key={id} data-status={status}>
            <Icon size={14} aria-label={t(`evaluate.form.status.${status}`)} />
            <div>
              <b>{t(`evaluate.form.finding.${id}`)}</b>
              <span className="foreign">{engineWords(detail)}</span>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
