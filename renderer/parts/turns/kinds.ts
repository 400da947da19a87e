import { Brain, CircleCheck, CodeXml, type LucideIcon, Search, Stethoscope, TextCursor, TriangleAlert } from 'lucide-react';
import type { Action } from '../../../main/records/action.ts';

/** What a part of a turn is: one icon and one colour (styles.css) everywhere. */
export type TurnKind = 'think' | 'code' | 'search' | 'answer' | 'problem' | 'error' | 'text';

export const kindIcons: Readonly<Record<TurnKind, LucideIcon>> = { think: Brain, code: CodeXml, search: Search, answer: CircleCheck, problem: Stethoscope, error: TriangleAlert, text: TextCursor };

export const kindOf = ({ kind }: Action): TurnKind => (kind === 'invalid' ? 'error' : kind);
