import { ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import css from './dataset-title.module.css';
import { whole } from './numbers.ts';
import { visibleText } from './turns/visible.ts';

type DatasetTitleProps = { /** The list that the dataset is one of. */ readonly list: { readonly href: string; readonly words: string }; /** Absent until the engine has answered. */ readonly set: { readonly name: string; readonly samples: number } | undefined };

/** A dataset's name over its page, the way back to all of them, and how large it is. */
export function DatasetTitle({ list, set }: DatasetTitleProps) {
  const { t } = useTranslation();
  return (
    <div className={css.title}>
      <a href={list.href}>{list.words}</a>
      <ChevronRight size={14} aria-hidden className="faint" />
      <h1>
        <bdi>{set ? visibleText(set.name) : '…'}</bdi>
      </h1>
      {set && <span className={css.figures}>{t('datasets.samples', { count: set.samples, samples: whole(set.samples) })}</span>}
    </div>
  );
}
