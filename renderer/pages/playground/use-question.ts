import { useVisitFields } from '../../parts/kept-fields.ts';

/** What is being asked, as it is written; `from` is the visit whose address filled it in. */
export type Written = { readonly text: string; readonly images: readonly string[]; readonly from: string };

const nothing: Written = { text: '', images: [], from: '' };

export const useQuestion = (): readonly [Written, (change: Partial<Written>) => void] => useVisitFields('arft-question', nothing);
