import { type ImageIssue, type Sample, imageIssues } from '../../records/sample.ts';
import { listStyle } from '../files/json-style.ts';
import { type Format, RowFault, answersOf, extraOf, idOr, lacks, textOf, writtenId } from './format.ts';

const fields = ['id', 'question', 'answers', 'ori_image_path', 'processed_image_path', 'type', 'split'] as const;

/** The benchmark of MAT-Coding: one question about one image, degraded or not. */
export const matCoding: Format = {
  name: 'mat-coding',
  title: 'MAT-Coding benchmark',
  misfit: (row) => lacks(row, ['question', 'answers', 'processed_image_path', 'type']),
  read: (row, context) => {
    const question = textOf(row, 'question');
    const issues = issuesOf(row['type']);
    const [shown, clean] = imageFields(issues);
    const box = issues[0] === 'crop' ? boxIn(question) : undefined;
    return {
      version: 1,
      id: idOr(row, context.defaultId),
      task: 'coding',
      question,
      answers: answersOf(row, 'answers', context),
      images: [textOf(row, shown)],
      ...(typeof row[clean] === 'string' && { cleanImage: row[clean] }),
      issues,
      ...(box && { box }),
      ...(typeof row['split'] === 'string' && { split: row['split'] }),
      ...extraOf(row, ['id', 'question', 'answers', 'type', ...(typeof row['split'] === 'string' ? ['split'] : [])]),
    };
  },
  write: (sample, { numericIds, nameOf }) => {
    const [image] = sample.images;
    if (image === undefined) throw new RowFault('has no image, and MAT-Coding asks about images');
    const issues = sample.issues ?? ['none'];
    const [shown, clean] = imageFields(issues);
    return [{
      ...sample.extra,
      id: writtenId(sample, numericIds),
      question: sample.question,
      answers: sample.answers,
      [shown]: sample.extra?.[shown] ?? nameOf(image),
      [clean]: sample.extra?.[clean] ?? nameOf(sample.cleanImage ?? image),
      type: issues,
      ...(sample.split !== undefined && { split: sample.split }),
    }];
  },
  imageNames: (sample, row) => {
    const [shown, clean] = imageFields(sample.issues ?? ['none']);
    const pair = (field: string, reference: string | undefined): readonly (readonly [string, string])[] => (reference === undefined ? [] : [[row[field] as string, reference]]);
    return [...pair(shown, sample.images[0]), ...pair(clean, sample.cleanImage)];
  },
  fresh: { version: 1, format: 'mat-coding', container: 'list', keys: fields, numericIds: true, style: listStyle, head: '[\n    ', between: ',\n    ', tail: '\n]' },
};

/** Which field holds the image that is shown, and which the repaired one: a crop question shows the whole picture and asks about a part. */
const imageFields = ([issue]: readonly ImageIssue[]): readonly ['ori_image_path' | 'processed_image_path', 'ori_image_path' | 'processed_image_path'] =>
  issue === 'crop' ? ['ori_image_path', 'processed_image_path'] : ['processed_image_path', 'ori_image_path'];

function issuesOf(type: unknown): readonly ImageIssue[] {
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  const unknown = names.find((name) => !imageIssues.includes(name as ImageIssue));
  if (unknown !== undefined || names.length === 0 || names[0] === undefined) {
    throw new RowFault(`field "type": expected a list of ${imageIssues.join(', ')}, found ${names.length === 0 ? 'an empty list' : JSON.stringify(unknown ?? type)}`);
  }
  return names as readonly ImageIssue[];
}

/** [x0, y0, x1, y1] of 0–1000 in a question's text, where it is a box. */
export function boxIn(question: string): Sample['box'] {
  const number = String.raw`\s*(\d+(?:\.\d+)?)\s*`;
  const found = new RegExp(`\\[${number},${number},${number},${number}\\]`).exec(question);
  if (!found) return undefined;
  const [x0, y0, x1, y1] = found.slice(1).map(Number) as [number, number, number, number];
  return x0 < x1 && y0 < y1 && x1 <= 1000 && y1 <= 1000 ? [x0, y0, x1, y1] : undefined;
}
