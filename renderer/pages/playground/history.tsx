import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { usePageKeys } from '../../frame/page-keys.ts';
import { placeOf, rowThatStays, useOneStop } from '../../parts/one-stop.ts';
import { useTried } from '../../parts/tried.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';
import { HistoryRow } from './history-row.tsx';
import css from './playground.module.css';

type HistoryProps = { readonly shown: string | undefined; readonly onShow: (id: string) => void };

/** What was asked before; each can be seen again, shown in the demo, or taken out of the list. */
export function History({ shown, onShow }: HistoryProps) {
  const { t } = useTranslation();
  const { data = [] } = useEngine('playground.list', { limit: 50 });
  const { data: demo } = useEngine('playground.demo', undefined);
  const tried = useTried();
  const list = useRef<HTMLElement>(null);
  const stop = useOneStop(data.map((_, place) => place), data.findIndex(({ id }) => id === shown));
  const remove = (id: string): Promise<void> =>
    tried(async () => {
      // What has the focus goes with its row.
      const { current: rows } = list;
      if (rows?.contains(document.activeElement)) (rowThatStays(rows, data.findIndex((each) => each.id === id)) ?? rows.closest<HTMLElement>('#page'))?.focus();
      await engine.call('playground.remove', { id });
      undoNotice(t('playground.history.removed'), t('playground.history.undo'), () => void tried(() => engine.call('playground.restore', { id })));
    }, 'playground.remove');
  const addToDemo = (id: string, question: string): Promise<void> => tried(async () => {
    if (!demo) return;
    const { locked: _, ...rest } = demo;
    await engine.call('playground.setDemo', { ...rest, examples: [...demo.examples, { title: question.slice(0, 60), asked: id }].slice(-12), pin: null });
    notifications.show({ message: t('playground.demo.added') });
  }, `playground.setDemo ${id}`);
  usePageKeys({
    title: t('frame.nav.playground'),
    keys: [
      {
        keys: ['Delete'],
        words: t('playground.history.keys.remove'),
        act: ({ target }) => {
          const focused = target instanceof Element && list.current?.contains(target) ? data[placeOf(target)] : undefined;
          if (focused) void remove(focused.id);
        },
      },
    ],
  });
  if (data.length === 0) return <Text size="sm" className="faint" style={{ textWrap: 'pretty' }}>{t('playground.history.none')}</Text>;
  return (
    <nav ref={list} className={css.history} aria-label={t('playground.history.title')} {...stop.list}>
      {data.map((asked, place) => (
        <HistoryRow
          key={asked.id}
          asked={asked}
          shown={asked.id === shown}
          canDemo={demo !== undefined && !demo.examples.some((example) => example.asked === asked.id)}
          stop={stop.row(place)}
          beside={stop.beside(place)}
          onShow={() => onShow(asked.id)}
          onDemo={() => void addToDemo(asked.id, asked.question)}
          onRemove={() => void remove(asked.id)}
        />
      ))}
    </nav>
  );
}
