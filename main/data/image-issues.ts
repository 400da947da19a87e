import { InputError } from '../records/input-error.ts';
import { type ImageIssue, imageIssues } from '../records/sample.ts';

/** Whether an issue is seen in the pixels: a crop is named by the question, and `none` is none. */
export const changesPixels = (issue: ImageIssue): boolean => issue !== 'crop' && issue !== 'none';

/** Issues in the order of their names, each once. @throws InputError for some that exclude each other. */
export function orderedIssues(issues: readonly ImageIssue[]): readonly ImageIssue[] {
  const wanted = imageIssues.filter((issue) => issues.includes(issue));
  const refuse = (found: string): InputError => new InputError({ thing: 'what is wrong with the image', expected: 'issues that go together', found, remedy: 'Choose one of them.' });
  if (wanted.includes('none') && wanted.length > 1) throw refuse('nothing wrong, and something');
  if (wanted.includes('rotation90') && wanted.includes('rotation180')) throw refuse('a quarter turn and half a turn');
  if (wanted.includes('dark') && wanted.includes('overexposure')) throw refuse('too dark and too bright');
  return wanted;
}
