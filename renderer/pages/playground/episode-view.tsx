import { Button, Group, Progress, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engineWords } from '../../i18n/engine-words.ts';
import { FaultNote } from '../../parts/fault-note.tsx';
import { ImageFigure } from '../../parts/image-figure.tsx';
import { duration, whole } from '../../parts/numbers.ts';
import { EndingNote } from '../../parts/turns/ending-note.tsx';
import { ForeignText } from '../../parts/turns/foreign-text.tsx';
import { StreamingTurn } from '../../parts/turns/streaming-turn.tsx';
import { imagesBefore } from '../../parts/turns/trajectory-turns.tsx';
import { TurnView } from '../../parts/turns/turn-view.tsx';
import { type Episode, isRunning } from './episode.ts';
import css from './playground.module.css';
import { RunCode } from './run-code.tsx';
import { SaveSample } from './save-sample.tsx';

type EpisodeViewProps = { readonly episode: Episode; readonly onAgain: (seed: number) => void; readonly canAsk: boolean };

/** What was asked, every turn as it comes, and what can be done with it afterwards. */
export function EpisodeView({ episode, onAgain, canAsk }: EpisodeViewProps) {
  const { t } = useTranslation();
  const [own, setOwn] = useState<{ readonly code: string; readonly image: string | undefined }>();
  const [saving, setSaving] = useState(false);
  const { question, turns, written, state, loading, notes, trajectory, id } = episode;
  const seen = imagesBefore(turns, question.images[0]);
  const running = isRunning(episode);
  const doing = state === 'opening' ? (loading ? t('playground.episode.loading', { label: engineWords(loading.label) }) : t('playground.episode.opening')) : t(`playground.episode.${state === 'reading' ? 'reading' : state === 'writing' ? 'writing' : 'acting'}`);
  return (
    <div className={css.column} aria-label={t('playground.episode.label')} role="log">
      <div className={css.asked}>
        {question.images.map((reference, i) => (
          <ImageFigure key={reference} reference={reference} name={t('playground.images.image', { number: i + 1 })} side={120} />
        ))}
        <div style={{ minWidth: 0 }}>
          <Text size="xs" className="faint">
            {t('playground.episode.asked')}
          </Text>
          <div className={css.askedText}>
            <ForeignText text={question.question} />
          </div>
        </div>
      </div>
      {notes.map((note) => (
        <Text key={note} size="sm" className="faint">
          {engineWords(note)}
        </Text>
      ))}
      {turns.map((turn, i) => {
        const { action } = turn;
        return (
          <TurnView
            key={i}
            turn={turn}
            number={i + 1}
            image={seen[i]}
            below={
              action.kind === 'code' &&
              !running && (
                <Group mt={4}>
                  <Button size="compact-xs" variant="subtle" onClick={() => setOwn({ code: action.code, image: seen[i] })}>
                    {t('playground.episode.editRun')}
                  </Button>
                </Group>
              )
            }
          />
        );
      })}
      {running && <StreamingTurn text={written} number={turns.length + 1} doing={doing} />}
      {state === 'opening' && loading && <Progress value={(100 * loading.done) / Math.max(1, loading.total)} aria-label={doing} />}
      {state === 'interrupted' && (
        <Text size="sm" className="faint" role="status">
          {t('playground.episode.interrupted')}
        </Text>
      )}
      {state === 'failed' && <FaultNote error={episode.error} {...(canAsk && { onRetry: () => onAgain(question.seed) })} />}
      {trajectory && <EndingNote ending={trajectory.ending} />}
      {trajectory && id !== undefined && (
        <Group gap="sm">
          <Text size="sm" className="faint" style={{ flex: 1 }}>
            {t('playground.episode.took', { count: trajectory.turns.length, tokens: whole(trajectory.turns.reduce((sum, { usage }) => sum + usage.completionTokens, 0)), time: duration(trajectory.ms / 1000) })}
          </Text>
          {canAsk && (
            <Button variant="default" size="compact-sm" onClick={() => onAgain(question.temperature > 0 ? question.seed + 1 : question.seed)}>
              {t(question.temperature > 0 ? 'playground.episode.seed' : 'playground.episode.again')}
            </Button>
          )}
          <Button variant="default" size="compact-sm" onClick={() => setSaving(true)}>
            {t('playground.episode.save')}
          </Button>
        </Group>
      )}
      {own && <RunCode {...own} onClose={() => setOwn(undefined)} />}
      {saving && id !== undefined && <SaveSample id={id} answer={trajectory?.ending.kind === 'answered' ? trajectory.ending.answer : ''} onClose={() => setSaving(false)} />}
    </div>
  );
}
