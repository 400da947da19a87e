import { Alert, Button } from '@mantine/core';
import { GitPullRequestArrow } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { ImageFigure } from '../../../parts/image-figure.tsx';
import { ForeignText } from '../../../parts/turns/foreign-text.tsx';
import { boxText } from '../image/box.ts';
import css from './edit.module.css';
import type { Field } from './saver.ts';
import type { Fields } from './use-editor.ts';

/** Fields as words that can be compared. */
const words: { readonly [K in Field]: (value: Fields[K]) => string } = {
  image: (image) => image ?? '',
  task: (task) => task,
  question: (question) => question,
  answers: (answers) => answers.join('\n'),
  split: (split) => split ?? '',
  box: boxText,
  steps: (steps) => steps.map(({ kind, think, body, information }, i) => [`${i + 1}. ${kind}`, think, body, information].filter((part) => part !== '').join('\n')).join('\n\n'),
};

type RefusedNoteProps = { readonly field: Field; readonly mine: Fields; readonly theirs: Fields; readonly onSettle: (whose: 'mine' | 'theirs') => void };

/** A field that two windows wrote at the same time: both values, and which of them holds. */
export function RefusedNote({ field, mine, theirs, onSettle }: RefusedNoteProps) {
  const { t } = useTranslation();
  const say = <K extends Field>(of: K, fields: Fields): string => (of === 'task' ? t(`datasets.kinds.${fields.task}`) : words[of](fields[of])) || t('annotate.refused.empty');
  return (
    <Alert variant="default" className={css.refused} icon={<GitPullRequestArrow size={18} />} title={t('annotate.refused.title')} role="alert">
      <p>{t('annotate.refused.help', { what: t(`annotate.doings.${field}`) })}</p>
      <div className={css.values}>
        {([['mine', mine], ['theirs', theirs]] as const).map(([whose, fields]) => (
          <div key={whose}>
            <b>{t(`annotate.refused.${whose}`)}</b>
            {field === 'image' && fields.image !== null ? <ImageFigure reference={fields.image} name={t(`annotate.refused.${whose}`)} side={128} /> : <ForeignText text={say(field, fields)} characters={600} lines={8} className={css.value} />}
            <Button size="compact-sm" variant="default" onClick={() => onSettle(whose)}>{t(`annotate.refused.${whose === 'mine' ? 'keep' : 'take'}`)}</Button>
          </div>
        ))}
      </div>
    </Alert>
  );
}
