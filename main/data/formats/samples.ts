import { type Sample, sample as schema } from '../../records/sample.ts';
import { compactStyle } from '../files/json-style.ts';
import { type Format, RowFault, lacks } from './format.ts';

/** Our own records, one a line. */
export const samples: Format = {
  name: 'samples',
  title: 'ARFT samples',
  misfit: (row) => lacks(row, ['version', 'id', 'task', 'question', 'answers', 'images']),
  read: (row) => {
    const parsed = schema.safeParse(row);
    const issue = parsed.error?.issues[0];
    if (issue) throw new RowFault(`${issue.path.length === 0 ? 'the record' : `field "${issue.path.join('.')}"`}: ${issue.message}`);
    return row as Sample; // and not parsed.data, which has its keys in another order
  },
  write: (sample) => [sample],
  fresh: { version: 1, format: 'samples', container: 'lines', keys: [], numericIds: false, style: compactStyle, head: '', between: '\n', tail: '\n' },
};
