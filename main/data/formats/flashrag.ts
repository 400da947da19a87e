import { lineStyle } from '../files/json-style.ts';
import { type Format, RowFault, answersOf, extraOf, idOr, lacks, textOf, writtenId } from './format.ts';

/** FlashRAG's question answering files (2WikiMultihopQA, HotpotQA, MuSiQue, Bamboogle …): questions without images. */
export const flashrag: Format = {
  name: 'flashrag',
  title: 'FlashRAG question answering',
  misfit: (row) => lacks(row, ['question', 'golden_answers']),
  read: (row, context) => ({
    version: 1,
    id: idOr(row, context.defaultId),
    task: 'search',
    question: textOf(row, 'question'),
    answers: answersOf(row, 'golden_answers', context),
    images: [],
    ...extraOf(row, ['id', 'question', 'golden_answers']),
  }),
  write: (sample, { numericIds }) => {
    if (sample.images.length > 0) throw new RowFault('has an image, which this format cannot hold');
    return [{ ...sample.extra, id: writtenId(sample, numericIds), question: sample.question, golden_answers: sample.answers }];
  },
  fresh: { version: 1, format: 'flashrag', container: 'lines', keys: ['id', 'question', 'golden_answers', 'metadata'], numericIds: false, style: lineStyle, head: '', between: '\n', tail: '\n' },
};
