import { useTranslation } from 'react-i18next';
import type { ImageIssue } from '../../../../main/records/sample.ts';
import { imageIssues } from '../../../parts/sample-names.ts';
import { Key } from '../key.tsx';
import css from './image.module.css';
import { withIssue } from './issues.ts';

type IssueTogglesProps = { readonly label: string; readonly issues: readonly ImageIssue[]; readonly onChange: (issues: readonly ImageIssue[]) => void };

/** What is wrong with the image; each has its digit. */
export function IssueToggles({ label, issues, onChange }: IssueTogglesProps) {
  const { t } = useTranslation();
  return (
    <div className={css.issues} role="group" aria-label={label}>
      {imageIssues.map((issue, i) => (
        <button key={issue} type="button" className={css.issue} aria-pressed={issues.includes(issue)} aria-keyshortcuts={String(i + 1)} onClick={() => onChange(withIssue(issues, issue))}>
          <Key keys={String(i + 1)} />
          {t(`annotate.issues.${issue}`)}
        </button>
      ))}
    </div>
  );
}
