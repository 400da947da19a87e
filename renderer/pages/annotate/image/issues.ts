import type { ImageIssue } from '../../../../main/records/sample.ts';

/** What an image cannot have both of. */
const opposites: readonly (readonly [ImageIssue, ImageIssue])[] = [['rotation90', 'rotation180'], ['dark', 'overexposure']];

const excludes = (a: ImageIssue, b: ImageIssue): boolean => a === 'none' || b === 'none' || opposites.some((pair) => a !== b && pair.includes(a) && pair.includes(b));

/** The issues after one of them is pressed: it comes or goes, and takes the place of what it excludes. */
export const withIssue = (issues: readonly ImageIssue[], pressed: ImageIssue): readonly ImageIssue[] =>
  issues.includes(pressed) ? issues.filter((each) => each !== pressed) : [...issues.filter((each) => !excludes(each, pressed)), pressed];
