import { Button, Skeleton } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Calls } from '../../../preload/rpc/frames.ts';
import type { AppContract } from '../../../preload/contract.ts';
import { useEngine } from '../../connection/hooks.ts';
import { whole } from '../../parts/numbers.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { Visible } from '../../parts/turns/foreign-text.tsx';
import { visibleText } from '../../parts/turns/visible.ts';
import type { Colouring } from './address.ts';
import css from './rollouts.module.css';
import { advantageGround, klGround, logprobGround, plain, signed } from './scale.ts';
import { type Token, tokensOf } from './tokens.ts';

type Tokens = Calls<AppContract>['rollouts.tokens']['output'];
type Drawn = { readonly enabled: boolean; readonly colouring: Colouring; readonly advantage: number; readonly learnt: boolean };

/** For each turn its tokens, to stand in place of its text; nothing while text is shown. */
export function useTokenViews(place: Calls<AppContract>['rollouts.tokens']['input'], drawn: Drawn): ((turn: number) => ReactNode) | undefined {
  const { data, error } = useEngine('rollouts.tokens', place, { enabled: drawn.enabled });
  if (!drawn.enabled) return undefined;
  return (turn) => {
    if (error) return <FaultNote error={error} />;
    const tokens = data?.turns[turn];
    if (!data) return <Skeleton height={64} />;
    return tokens ? <TokenView tokens={tokens} drawn={drawn} without={turn === 0 ? data.without : null} /> : null;
  };
}

/** Of a long context its end is shown: that is where the completion goes on. */
const contextShown = 80;
/** Beyond it tokens are shown a portion at a time. */
const portion = 2000;

function TokenView({ tokens, drawn, without }: { readonly tokens: NonNullable<Tokens['turns'][number]>; readonly drawn: Drawn; readonly without: string | null }) {
  const { t } = useTranslation();
  const [whole_, setWhole] = useState(false);
  const [shown, setShown] = useState(portion);
  const [at, setAt] = useState<number>();
  const all = tokensOf(tokens);
  const context = all.filter(({ logprob }) => logprob === undefined);
  const hidden = whole_ ? 0 : Math.max(0, context.length - contextShown);
  const list = all.slice(hidden, hidden + shown);
  const token = at === undefined ? undefined : list[at];
  const pick = (target: EventTarget): void => {
    const index = (target as HTMLElement).closest<HTMLElement>('[data-i]')?.dataset['i'];
    if (index !== undefined) setAt(Number(index));
  };
  const press = (event: KeyboardEvent): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    setAt(Math.min(list.length - 1, Math.max(0, (at ?? (by > 0 ? -1 : list.length)) + by)));
  };
  return (
    <div>
      {without !== null && <p className="faint">{t('rollouts.tokens.without', { why: without })}</p>}
      {hidden > 0 && (
        <Button size="compact-xs" variant="default" mb={4} onClick={() => setWhole(true)}>
          {t('rollouts.tokens.showContext', { count: hidden, tokens: whole(hidden) })}
        </Button>
      )}
      <div className={css.tokens} role="application" tabIndex={0} aria-label={t('rollouts.tokens.label')} onPointerOver={({ target }) => pick(target)} onKeyDown={press}>
        {list.map((each, i) => (
          <span key={i} data-i={i} className={css.token} data-by={each.logprob === undefined ? 'world' : 'model'} data-masked={(each.logprob !== undefined && !drawn.learnt) || undefined} data-at={i === at || undefined} style={{ background: ground(each, drawn) }}>
            <Visible text={each.text.replaceAll('\n', '↵\n')} />
            {each.times > 1 && <sub>×{whole(each.times)}</sub>}
          </span>
        ))}
      </div>
      <div className={css.readout} aria-live="polite">
        {token ? <Readout token={token} drawn={drawn} /> : <span className="faint">{t(`rollouts.tokens.legend.${drawn.colouring}`)}</span>}
      </div>
      {all.length - hidden > shown && (
        <Button size="compact-xs" variant="default" onClick={() => setShown(shown + portion)}>
          {t('rollouts.tokens.showMore', { count: all.length - hidden - shown })}
        </Button>
      )}
    </div>
  );
}

function Readout({ token: { id, text, logprob, kl, times }, drawn: { advantage, learnt } }: { readonly token: Token; readonly drawn: Drawn }) {
  const { t } = useTranslation();
  const words = [
    t('rollouts.tokens.id', { id }),
    ...(times > 1 ? [t('rollouts.tokens.times', { times: whole(times) })] : []),
    ...(logprob === undefined
      ? [t('rollouts.tokens.context')]
      : [logprob === null ? t('rollouts.tokens.noLogprob') : t('rollouts.tokens.logprob', { logprob: plain(logprob, 3), share: percent(Math.exp(logprob)) }), ...(kl === undefined ? [] : [t('rollouts.tokens.kl', { kl })]), learnt ? t('rollouts.tokens.advantage', { advantage: signed(advantage) }) : t('rollouts.tokens.masked')]),
  ];
  return (
    <>
      <code>{JSON.stringify(visibleText(text))}</code> {words.join(' · ')}
    </>
  );
}

const percent = (share: number): string => (share >= 0.1 ? (share * 100).toFixed(0) : share >= 0.001 ? (share * 100).toFixed(1) : '< 0.1');

function ground({ logprob, kl }: Token, { colouring, advantage, learnt }: Drawn): string | undefined {
  if (logprob === undefined) return undefined;
  switch (colouring) {
    case 'logprob':
      return logprob === null ? undefined : logprobGround(logprob);
    case 'advantage':
      return learnt ? advantageGround(advantage) : undefined;
    case 'kl':
      return kl === undefined ? undefined : klGround(kl);
    case 'mask':
      return learnt ? 'color-mix(in srgb, var(--mantine-primary-color-filled) 18%, transparent)' : undefined;
  }
}
