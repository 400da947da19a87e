import { useTranslation } from 'react-i18next';
import { firstLine, visibleText } from '../../parts/turns/visible.ts';
import css from './datasets.module.css';
import { Thumbnail } from './thumbnail.tsx';
import type { SampleRow } from './use-samples.ts';

// A sample in short, as the cells of a row or as a tile. Long texts are cut before they are drawn.

const columns = ['image', 'question', 'answers', 'kind', 'split', 'issues', 'steps'] as const;

/** What the cells of a row are headed. */
export function ColumnHeads() {
  const { t } = useTranslation();
  return (
    <div role="row" className={css.columns} aria-rowindex={1}>
      <span role="columnheader" aria-label={t('datasets.columns.choose')} />
      {columns.map((column) => (
        <span key={column} role="columnheader" data-column={column}>
          {column === 'image' ? <span className="unseen">{t('datasets.columns.image')}</span> : t(`datasets.columns.${column}`)}
        </span>
      ))}
    </div>
  );
}

type CellsProps = { readonly row: SampleRow; /** That by which it is chosen. */ readonly box: React.ReactNode };

const answersOf = ({ answers, answerCount }: SampleRow): string => visibleText(firstLine(answers.join(' / '), 120)) + (answerCount > answers.length ? ` +${answerCount - answers.length}` : '');

export function RowCells({ row, box }: CellsProps) {
  const { t } = useTranslation();
  const { images, imageCount, question, kind, split, issues, steps, tags, id } = row;
  return (
    <>
      <span role="gridcell">{box}</span>
      <span role="gridcell" data-column="image">
        <Thumbnail reference={images[0]} count={imageCount} size="row" />
      </span>
      <span role="gridcell" data-column="question" className={css.questionCell} title={visibleText(question)}>
        <span className={css.line} dir="auto">{question === '' ? <span className="faint">{t('datasets.noQuestion')}</span> : visibleText(firstLine(question, 240))}</span>
        <span className={css.under}>
          <bdi className={css.line}>{visibleText(id)}</bdi>
          {tags.map((tag) => (
            <span key={tag} className={css.tag}>
              {visibleText(tag)}
            </span>
          ))}
        </span>
      </span>
      <span role="gridcell" data-column="answers" className={css.line} dir="auto" title={answersOf(row)}>
        {answersOf(row) || <span className="faint">–</span>}
      </span>
      <span role="gridcell" data-column="kind">{t(`datasets.kinds.${kind}`)}</span>
      <span role="gridcell" data-column="split" className={css.line}>{split === null ? <span className="faint">–</span> : visibleText(split)}</span>
      <span role="gridcell" data-column="issues" className={css.line}>{issues.length === 0 ? <span className="faint">–</span> : issues.map((issue) => t(`datasets.issues.${issue}`)).join(t('frame.marks.between'))}</span>
      <span role="gridcell" data-column="steps" className={css.number}>{steps === 0 ? <span className="faint">–</span> : steps}</span>
    </>
  );
}

export function Tile({ row, box }: CellsProps) {
  const { t } = useTranslation();
  return (
    <>
      <Thumbnail reference={row.images[0]} count={row.imageCount} size="tile" />
      <span className={css.tileBox}>{box}</span>
      <span className={css.tileQuestion} dir="auto">{row.question === '' ? t('datasets.noQuestion') : visibleText(firstLine(row.question, 160))}</span>
      <span className={css.tileAnswer} dir="auto">{answersOf(row)}</span>
    </>
  );
}
