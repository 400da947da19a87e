import { type Sample, sample as schema } from '../../records/sample.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { compactStyle } from '../files/json-style.ts';
import { type Format, RowFault, lacks } from './format.ts';

/** Our own records, one a line. */
export const samples: Format = {
  name: 'samples',
  title: 'ARFT samples',
  misfit: (row) => lacks(row, ['version', 'id', 'task', 'question', 'answers', 'images']),
  read: (row) => {
    const parsed = schema.safeParse(row);
    if (!parsed.success) throw new RowFault(schemaFaultText(parsed.error, row));
    return row as Sample; // and not parsed.data, which has its keys in another order
  },
  write: (sample) => [sample],
  fresh: { version: 1, format: 'samples', container: 'lines', keys: [], numericIds: false, style: compactStyle, head: '', between: '\n', tail: '\n' },
};
