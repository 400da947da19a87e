import { Button, Group, Text, Textarea, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { MessagesSquare, Presentation } from 'lucide-react';
import { useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Question } from '../../../preload/contract/playground.ts';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { sendKeys } from '../../frame/keys.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FaultNote } from '../../parts/fault-note.tsx';
import { once } from '../../parts/once.ts';
import { asking } from './asking.ts';
import { DemoForm } from './demo-form.tsx';
import { isRunning } from './episode.ts';
import { EpisodeView } from './episode-view.tsx';
import { useFollowEnd } from './follow-end.ts';
import { History } from './history.tsx';
import { ImageInput } from './image-input.tsx';
import css from './playground.module.css';
import { SetupForm } from './setup-form.tsx';
import { questionOf, useSetup } from './setup.ts';
import { useAddress } from './use-address.ts';
import { useQuestion } from './use-question.ts';

/** What asks and what interrupts stand in one place: the second press of a double click does not undo the first. */
const turn = (act: () => void): void => void once('playground.ask', async () => act());

/** One picture, one question, one stream of turns. */
export function Playground() {
  const { t } = useTranslation();
  const [setup, change] = useSetup();
  const [written, write] = useQuestion();
  const { text, images } = written;
  const [demo, setDemo] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const episode = useSyncExternalStore(asking.subscribe, () => asking.episode);
  const conversation = useRef<HTMLDivElement>(null);
  const models = useEngine('playground.choices', undefined).data?.models;
  const { name } = useAddress({ episode, setup, models, change, written, write, setFault });
  const running = episode !== undefined && isRunning(episode);
  useFollowEnd(conversation, episode?.question, running);
  const ready = models !== undefined && text.trim() !== '' && !running;

  const ask = (asked: Question): void => {
    setFault(undefined);
    asking.ask(asked);
    // The address names what is shown.
    name(undefined, true);
  };
  const send = (): void => {
    if (ready) ask(questionOf(setup, models, text.trim(), images));
  };
  const newest = useRef(text);
  newest.current = text;
  const tryExample = async (): Promise<void> => {
    const before = asking.episode;
    const { question, images: shown, task, corpus } = await engine.call('playground.example', { number: Math.floor(Math.random() * 1e6) });
    // Who wrote or asked something meanwhile goes on with that.
    if (asking.episode !== before || newest.current !== text) return;
    const now = { ...setup, task, corpus, direct: false };
    change({ task, corpus, direct: false });
    write({ text: question, images: shown });
    ask(questionOf(now, models ?? [], question, shown));
  };
  useHotkeys([['Escape', () => { if (running) asking.interrupt(); }]], []);
  return (
    <div className={css.page}>
      <aside className={css.side}>
        <Group justify="space-between" mb="sm">
          <Title order={1} size="h2">
            {t('playground.setup.title')}
          </Title>
          <Button variant="default" size="compact-sm" leftSection={<Presentation size={14} aria-hidden />} onClick={() => setDemo(true)}>
            {t('playground.demo.open')}
          </Button>
        </Group>
        <SetupForm setup={setup} change={change} />
        <Title order={2} size="h3" mt="xl" mb="xs">
          {t('playground.history.title')}
        </Title>
        <History onShow={(id) => name(id, false)} />
      </aside>
      <div className={css.main}>
        <div ref={conversation} className={css.episode} tabIndex={0} aria-label={t('playground.episode.label')} role="region">
          {fault !== undefined ? (
            <FaultNote error={fault} />
          ) : episode ? (
            <EpisodeView episode={episode} canAsk={models !== undefined} onAgain={(seed) => ask({ ...episode.question, seed })} />
          ) : (
            <EmptyState icon={MessagesSquare} title={t('playground.empty.title')} text={t('playground.empty.text')} action={<Button variant="light" disabled={models === undefined} onClick={() => void tryExample().catch(setFault)}>{t('playground.empty.action')}</Button>} />
          )}
        </div>
        <div className={css.bar}>
          <div className={css.column}>
            <ImageInput images={images} onChange={(now) => write({ images: now })} />
            <Group align="flex-end" gap="sm" wrap="nowrap">
              <Textarea
                style={{ flex: 1 }}
                label={t('playground.question.label')}
                placeholder={t('playground.question.placeholder')}
                value={text}
                onChange={({ currentTarget: { value } }) => write({ text: value })}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
                  if (event.key === 'Escape' && running) asking.interrupt();
                }}
                autosize
                minRows={1}
                maxRows={6}
              />
              {running ? (
                <Button color="red" variant="light" onClick={() => turn(asking.interrupt)}>
                  {t('playground.question.interrupt')}
                </Button>
              ) : (
                <Button onClick={() => turn(send)} disabled={!ready}>
                  {t('playground.question.ask')}
                </Button>
              )}
            </Group>
            <Group justify="space-between">
              <Text size="xs" className="faint">
                {t('playground.question.hint', { keys: sendKeys })}
              </Text>
              {episode && (
                <Button variant="subtle" size="compact-xs" onClick={() => void tryExample().catch(setFault)} disabled={running || models === undefined}>
                  {t('playground.empty.action')}
                </Button>
              )}
            </Group>
          </div>
        </div>
      </div>
      <DemoForm opened={demo} onClose={() => setDemo(false)} />
    </div>
  );
}
