import { ArrowDown, ArrowUp, Equal } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { AppContract } from '../../../../preload/contract.ts';
import type { Calls } from '../../../../preload/rpc/frames.ts';
import { firstLine, visibleText } from '../../../parts/turns/visible.ts';
import one from '../one/one.module.css';

export type Pair = Calls<AppContract>['evaluations.compared']['output']['rows'][number];

/** An item in the list of a comparison: what it asks, and both answers. */
export function PairLine({ pair: { id, question, before, after } }: { readonly pair: Pair }) {
  const { t } = useTranslation();
  const words = (answer: string | null): string => (answer === null ? t('evaluate.one.noAnswer') : visibleText(firstLine(answer, 60)));
  const [Icon, kind, mark] = after.f1 > before.f1 ? [ArrowUp, 'better', 'right'] as const : after.f1 < before.f1 ? [ArrowDown, 'worse', 'wrong'] as const : [Equal, 'same', undefined] as const;
  return (
    <>
      <span className={one.lineTop}>
        <Icon size={14} className={one.mark} data-outcome={mark} aria-label={t(`evaluate.comparing.kind.${kind}`)} />
        <bdi className={one.lineText}>{visibleText(firstLine(question ?? id, 200))}</bdi>
      </span>
      <span className={one.lineBottom}>
        <bdi className={one.lineText}>{words(before.answer)}</bdi>
        <span>→</span>
        <bdi className={one.lineText}>{words(after.answer)}</bdi>
      </span>
    </>
  );
}
