import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { MessagesSquare } from 'lucide-react';
import { useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../../connection/hooks.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { asking } from './asking.ts';
import { isRunning } from './episode.ts';
import { EpisodeView } from './episode-view.tsx';
import { useFollowEnd } from './follow-end.ts';
import css from './playground.module.css';
import { QuestionBar } from './question-bar.tsx';
import { useSetup } from './setup.ts';
import { Side } from './side.tsx';
import { useAddress } from './use-address.ts';
import { useAsk } from './use-ask.ts';
import { useQuestion } from './use-question.ts';

/** One picture, one question, one stream of turns. */
export function Playground() {
  const { t } = useTranslation();
  const [setup, change] = useSetup();
  const [written, write] = useQuestion();
  const [fault, setFault] = useState<unknown>();
  const episode = useSyncExternalStore(asking.subscribe, () => asking.episode);
  const conversation = useRef<HTMLDivElement>(null);
  const models = useEngine('playground.choices', undefined).data?.models;
  const { name } = useAddress({ episode, setup, models, change, written, write, setFault });
  const running = episode !== undefined && isRunning(episode);
  useFollowEnd(conversation, episode?.question, running);
  // The address names what is shown.
  const { ready, ask, send, tryExample } = useAsk({ setup, change, models, written, write, running, leave: () => name(undefined, true), setFault });
  useHotkeys([['Escape', () => { if (running) asking.interrupt(); }]], []);
  return (
    <div className={css.page}>
      <Side setup={setup} change={change} shown={episode?.id} onShow={(id) => name(id, false)} />
      <div className={css.main}>
        <div ref={conversation} className={css.episode} tabIndex={0} aria-label={t('playground.episode.label')} role="region">
          {fault !== undefined ? (
            <FaultNote error={fault} />
          ) : episode ? (
            <EpisodeView episode={episode} canAsk={models !== undefined} onAgain={(seed) => ask({ ...episode.question, seed })} />
          ) : (
            <EmptyState icon={MessagesSquare} title={t('playground.empty.title')} text={t('playground.empty.text')} action={<Button disabled={models === undefined} onClick={tryExample}>{t('playground.empty.action')}</Button>} />
          )}
        </div>
        <QuestionBar written={written} write={write} running={running} ready={ready} onSend={send} onExample={episode && tryExample} canTry={!running && models !== undefined} />
      </div>
    </div>
  );
}
