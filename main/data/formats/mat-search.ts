import { listStyle } from '../files/json-style.ts';
import { type Format, RowFault, answersOf, extraOf, idOr, lacks, textOf, writtenId } from './format.ts';

/** The benchmark of MAT-Search: a question about an image that asks for knowledge besides. */
export const matSearch: Format = {
  name: 'mat-search',
  title: 'MAT-Search benchmark',
  misfit: (row) => lacks(row, ['question', 'answer', 'image_path']),
  read: (row, context) => ({
    version: 1,
    id: idOr(row, context.defaultId),
    task: 'search',
    question: textOf(row, 'question'),
    answers: answersOf(row, 'answer', context),
    images: [textOf(row, 'image_path')],
    ...(typeof row['split'] === 'string' && { split: row['split'] }),
    ...extraOf(row, ['id', 'question', 'answer', ...(typeof row['split'] === 'string' ? ['split'] : [])]),
  }),
  write: (sample, { numericIds, nameOf }) => {
    const [image] = sample.images;
    if (image === undefined) throw new RowFault('has no image, and MAT-Search asks about images');
    return [{
      ...sample.extra,
      id: writtenId(sample, numericIds),
      question: sample.question,
      answer: sample.answers.length === 1 ? sample.answers[0] : sample.answers,
      image_path: sample.extra?.['image_path'] ?? nameOf(image),
      ...(sample.split !== undefined && { split: sample.split }),
    }];
  },
  imageNames: (sample, row) => [[row['image_path'] as string, sample.images[0] as string]],
  fresh: { version: 1, format: 'mat-search', container: 'list', keys: ['id', 'question', 'answer', 'image_path'], numericIds: true, style: listStyle, head: '[\n    ', between: ',\n    ', tail: '\n]' },
};
