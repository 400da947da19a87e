import type { Annotation } from '../../records/annotation.ts';
import { InputError } from '../../records/input-error.ts';
import type { ImageIssue } from '../../records/sample.ts';

// Where a sample may go from each state: drafted, submitted, and accepted or returned by somebody else.

/** What nobody has annotated. */
export const untouched: Annotation = { state: 'new', annotator: null, reviewer: null, review: null, note: '' };

/** Names that are typed anew each time: the same whatever their case. */
export const samePerson = (a: string, b: string | null): boolean => folded(a) === folded(b ?? '');

export const folded = (name: string): string => name.trim().normalize('NFC').toLowerCase();

/** After somebody changed the sample. The words of who returned it stay until it is reviewed again; a review of what it was does not. */
export function drafted(before: Annotation, author: string): Annotation {
  switch (before.state) {
    case 'new':
    case 'draft':
    case 'returned':
      return { ...before, state: 'draft', annotator: author };
    case 'submitted':
    case 'accepted':
      return { ...untouched, state: 'draft', annotator: author };
  }
}

/** @param sample What messages call it. @throws InputError where it was submitted before. */
export function submitted(before: Annotation, author: string, sample: string): Annotation {
  if (before.state === 'submitted' || before.state === 'accepted') {
    throw new InputError({ thing: sample, expected: 'a sample that is still annotated', found: before.state === 'accepted' ? 'one that was accepted' : 'one that was submitted', remedy: 'Change it first, or go to the next.' });
  }
  return { state: 'submitted', annotator: before.annotator ?? author, reviewer: null, review: null, note: before.note };
}

export type Review = { readonly author: string; readonly answer: string; readonly issues: readonly ImageIssue[]; readonly verdict: 'accepted' | 'returned'; /** Why, where it is returned. */ readonly note: string };

/** @throws InputError where it is not submitted, the reviewer annotated it, or it is returned without a word. */
export function reviewed(before: Annotation, { author, answer, issues, verdict, note }: Review, sample: string): Annotation {
  if (before.state !== 'submitted') throw new InputError({ thing: sample, expected: 'a sample that waits for its review', found: before.state === 'accepted' || before.state === 'returned' ? 'one that was reviewed' : 'one that was not submitted', remedy: 'Choose another to review.' });
  if (samePerson(author, before.annotator)) throw new InputError({ thing: sample, expected: 'a review by somebody else', found: `${author}, who annotated it`, remedy: 'Let another person review it, or choose another sample.' });
  if (verdict === 'returned' && note.trim() === '') throw new InputError({ thing: sample, expected: 'a note that says why it is returned', found: 'none', remedy: 'Say what the annotator should change.' });
  return { state: verdict, annotator: before.annotator, reviewer: author, review: { answer, issues }, note };
}
