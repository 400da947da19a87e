import type { AnnotationState } from '../../main/records/annotation.ts';
import type { ImageIssue } from '../../main/records/sample.ts';

// A window loads no schemas, so the names stand here again; the types hold them to the records'.

const stateNames: Readonly<Record<AnnotationState, true>> = { new: true, draft: true, submitted: true, accepted: true, returned: true };
const issueNames: Readonly<Record<ImageIssue, true>> = { rotation90: true, rotation180: true, dark: true, overexposure: true, blur: true, noise: true, crop: true, none: true };

/** Where a sample stands, in the order of the work. */
export const annotationStates = Object.keys(stateNames) as readonly AnnotationState[];

export const annotationStateOf = (name: string | undefined): AnnotationState | null => annotationStates.find((each) => each === name) ?? null;

/** What can be wrong with an image, in the order of its keys while annotating. */
export const imageIssues = Object.keys(issueNames) as readonly ImageIssue[];

export const imageIssueOf = (name: string | undefined): ImageIssue | null => imageIssues.find((each) => each === name) ?? null;
