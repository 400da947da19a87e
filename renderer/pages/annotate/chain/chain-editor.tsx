import { Button } from '@mantine/core';
import { Route } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImageIssue } from '../../../../main/records/sample.ts';
import { kindIcons } from '../../../parts/turns/kinds.ts';
import type { Editor } from '../edit/use-editor.ts';
import { Key } from '../key.tsx';
import { type StepKind, looksAt, movedTo, newStep, usualChain, withStep } from './chain.ts';
import css from './chain.module.css';
import { StepCard, focusStep } from './step-card.tsx';
import { useStepKeys } from './use-step-keys.ts';

/** The kinds in the order of a chain, with their keys. */
export const stepKinds = [['problem', 'p', 'P'], ['code', 'c', 'C'], ['search', 's', 'S'], ['answer', 'shift + A', '⇧A']] as const satisfies readonly (readonly [StepKind, string, string])[];

/** What the keys of the page do to the chain. */
export function useChain(editor: Editor, issues: readonly ImageIssue[], image: string | undefined) {
  const { steps, answers, task } = editor.fields;
  const { keys, ...order } = useStepKeys(steps.length);
  const added = useRef(-1);
  const ground = { issues, answers };
  const focusLater = (i: number): void => void setTimeout(() => focusStep(i));
  return {
    steps,
    keys,
    image,
    isNew: (i: number): boolean => added.current === i,
    noneIsNew: (): void => void (added.current = -1),
    add: (kind: StepKind): void => {
      added.current = steps.length;
      editor.editSteps((now) => [...now, newStep(kind, ground)]);
    },
    usual: (): void => {
      if (steps.length > 0) return;
      added.current = task === 'coding' ? 1 : 0;
      editor.editSteps(() => usualChain(task, ground));
    },
    change: (i: number, change: Parameters<typeof withStep>[2]): void => editor.editSteps((now) => withStep(now, i, change)),
    move: (from: number, by: number): void => {
      if (from + by < 0 || from + by >= steps.length) return;
      order.move(from, from + by);
      editor.editSteps((now) => movedTo(now, from, from + by));
    },
    remove: (i: number): void => {
      order.remove(i);
      editor.editSteps((now) => now.toSpliced(i, 1));
      focusLater(Math.min(i, steps.length - 2));
    },
    /** From step to step, from the first again. */
    next: (): void => {
      const at = document.activeElement?.closest<HTMLElement>('[data-step]')?.dataset['step'];
      if (steps.length > 0) focusStep(at === undefined ? 0 : (Number(at) + 1) % steps.length);
    },
  };
}

/** The chain that a good agent would write, step by step. */
export function ChainEditor({ chain, task }: { readonly chain: ReturnType<typeof useChain>; readonly task: 'coding' | 'search' }) {
  const { t } = useTranslation();
  const { steps, keys } = chain;
  return (
    <section className={css.chain} aria-labelledby="annotate-chain">
      <div className={css.chainHead}>
        <h2 id="annotate-chain">{t('annotate.chain.title')}</h2>
        {steps.length > 1 && (
          <span className={css.number}>
            {t('annotate.keys.nextStep')} <Key keys="w" />
          </span>
        )}
      </div>
      {steps.length === 0 && (
        <>
          <p className={css.hint}>{t(`annotate.chain.empty.${task}`)}</p>
          <div className={css.row} data-add-steps>
            <Button size="compact-sm" leftSection={<Route size={13} aria-hidden />} rightSection={<Key keys="u" />} aria-keyshortcuts="u" onClick={chain.usual}>
              {t('annotate.chain.usual')}
            </Button>
            <span className={css.hint}>{t(`annotate.chain.usualIs.${task}`)}</span>
          </div>
        </>
      )}
      {steps.map((step, i) => (
        <Card key={keys[i]} i={i} chain={chain} step={step} />
      ))}
      <div className={css.add} data-add-steps role="group" aria-label={t('annotate.chain.add')}>
        {stepKinds.map(([kind, key, shown]) => {
          const Icon = kindIcons[kind];
          return (
            <Button key={kind} size="compact-sm" variant="default" leftSection={<Icon size={13} aria-hidden className={css.addIcon} data-kind={kind} />} rightSection={<Key keys={shown.length === 1 ? shown.toLowerCase() : shown} />} aria-keyshortcuts={key.replaceAll(' ', '')} onClick={() => chain.add(kind)}>
              {t(`annotate.chain.kinds.${kind}`)}
            </Button>
          );
        })}
      </div>
    </section>
  );
}

/** A card that changes its step wherever it stands by the time its code has run. */
function Card({ i, chain, step }: { readonly i: number; readonly chain: ReturnType<typeof useChain>; readonly step: ReturnType<typeof useChain>['steps'][number] }) {
  const now = useRef({ i, chain });
  now.current = { i, chain };
  return (
    <StepCard
      i={i} step={step} image={looksAt(chain.steps, i, chain.image)} count={chain.steps.length} focused={chain.isNew(i)} onFocused={chain.noneIsNew}
      onChange={(change) => now.current.chain.change(now.current.i, change)}
      onMove={(by) => chain.move(i, by)}
      onRemove={() => chain.remove(i)}
    />
  );
}
