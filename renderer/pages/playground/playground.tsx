import { Button, Group, Text, Textarea, Title } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useSearch } from '@tanstack/react-router';
import { MessagesSquare, Presentation } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { sendKeys } from '../../frame/keys.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { DemoForm } from './demo-form.tsx';
import { isRunning } from './episode.ts';
import { EpisodeView } from './episode-view.tsx';
import { History } from './history.tsx';
import { ImageInput } from './image-input.tsx';
import css from './playground.module.css';
import { SetupForm } from './setup-form.tsx';
import { questionOf, useSetup } from './setup.ts';
import { useEpisode } from './use-episode.ts';

/** One picture, one question, one stream of turns. */
export function Playground() {
  const { t } = useTranslation();
  const [setup, change] = useSetup();
  const [images, setImages] = useState<readonly string[]>([]);
  const [text, setText] = useState('');
  const [demo, setDemo] = useState(false);
  const { episode, ask, interrupt, show } = useEpisode();
  const models = useEngine('playground.choices', undefined).data?.models;
  const running = episode !== undefined && isRunning(episode);
  const ready = models !== undefined && text.trim() !== '' && !running;

  const send = (): void => {
    if (ready) ask(questionOf(setup, models, text.trim(), images));
  };
  const tryExample = async (): Promise<void> => {
    const { question, images: shown, task, corpus } = await engine.call('playground.example', { number: Math.floor(Math.random() * 1e6) });
    const now = { ...setup, task, corpus, direct: false };
    change({ task, corpus, direct: false });
    setImages(shown);
    setText(question);
    ask(questionOf(now, models ?? [], question, shown));
  };
  const showAsked = async (id: string): Promise<void> => {
    const { question, images: shown, task, trajectory } = await engine.call('playground.get', { id });
    show({ question: { ...questionOf({ ...setup, task }, models ?? [], question, shown) }, turns: trajectory.turns, written: '', state: 'ended', notes: [trajectory.policy], id, trajectory });
    setImages(shown);
    setText(question);
  };
  // The address names a question that was asked before.
  const { asked, question, images: given, task } = useSearch({ strict: false });
  const known = models !== undefined;
  useEffect(() => {
    if (known && typeof asked === 'string') void showAsked(asked);
    // Shown once for each address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked, known]);
  // Or one that another page shows.
  useEffect(() => {
    if (typeof question !== 'string') return;
    show(undefined);
    setText(question);
    setImages(String(given ?? '').split(',').filter((each) => each.startsWith('sha256:')));
    change({ task: task === 'search' ? 'search' : 'coding' });
    // Filled in once for each address.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [question, given, task]);
  useHotkeys([['Escape', () => { if (running) interrupt(); }]], []);
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
        <History onShow={(id) => void showAsked(id)} />
      </aside>
      <div className={css.main}>
        <div className={css.episode} tabIndex={0} aria-label={t('playground.episode.label')} role="region">
          {episode ? (
            <EpisodeView episode={episode} canAsk={models !== undefined} onAgain={(seed) => ask({ ...episode.question, seed })} />
          ) : (
            <EmptyState icon={MessagesSquare} title={t('playground.empty.title')} text={t('playground.empty.text')} action={<Button variant="light" disabled={models === undefined} onClick={() => void tryExample()}>{t('playground.empty.action')}</Button>} />
          )}
        </div>
        <div className={css.bar}>
          <div className={css.column}>
            <ImageInput images={images} onChange={setImages} />
            <Group align="flex-end" gap="sm" wrap="nowrap">
              <Textarea
                style={{ flex: 1 }}
                label={t('playground.question.label')}
                placeholder={t('playground.question.placeholder')}
                value={text}
                onChange={({ currentTarget: { value } }) => setText(value)}
                onKeyDown={(event) => {
                  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
                  if (event.key === 'Escape' && running) interrupt();
                }}
                autosize
                minRows={1}
                maxRows={6}
              />
              {running ? (
                <Button color="red" variant="light" onClick={interrupt}>
                  {t('playground.question.interrupt')}
                </Button>
              ) : (
                <Button onClick={send} disabled={!ready}>
                  {t('playground.question.ask')}
                </Button>
              )}
            </Group>
            <Group justify="space-between">
              <Text size="xs" className="faint">
                {t('playground.question.hint', { keys: sendKeys })}
              </Text>
              {episode && (
                <Button variant="subtle" size="compact-xs" onClick={() => void tryExample()} disabled={running || models === undefined}>
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
