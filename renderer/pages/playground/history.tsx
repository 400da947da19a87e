import { ActionIcon, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Presentation, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { engine } from '../../connection/engine.ts';
import { useEngine } from '../../connection/hooks.ts';
import { useTried } from '../../parts/tried.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import { undoNotice } from '../../parts/undo-notice.tsx';
import css from './playground.module.css';

type HistoryProps = { readonly onShow: (id: string) => void };

/** What was asked before; each can be seen again, shown in the demo, or taken out of the list. */
export function History({ onShow }: HistoryProps) {
  const { t } = useTranslation();
  const { data = [] } = useEngine('playground.list', { limit: 50 });
  const { data: demo } = useEngine('playground.demo', undefined);
  const tried = useTried();
  const remove = (id: string): Promise<void> =>
    tried(async () => {
      await engine.call('playground.remove', { id });
      undoNotice(t('playground.history.removed'), t('playground.history.undo'), () => void tried(() => engine.call('playground.restore', { id })));
    }, 'playground.remove');
  const addToDemo = (id: string, question: string): Promise<void> => tried(async () => {
    if (!demo) return;
    const { locked: _, ...rest } = demo;
    await engine.call('playground.setDemo', { ...rest, examples: [...demo.examples, { title: question.slice(0, 60), asked: id }].slice(-12), pin: null });
    notifications.show({ message: t('playground.demo.added') });
  }, `playground.setDemo ${id}`);
  if (data.length === 0) return <Text size="sm" className="faint">{t('playground.history.none')}</Text>;
  return (
    <>
      {data.map(({ id, at, question, answer }) => (
        <div key={id} className={css.history}>
          <UnstyledButton className={css.historyText} onClick={() => onShow(id)} title={new Date(at).toLocaleString()}>
            <Text size="sm" truncate>
              {visibleText(question.slice(0, 120))}
            </Text>
            <Text size="xs" className="faint" truncate>
              {answer === null ? t('playground.history.noAnswer') : visibleText(answer.slice(0, 120))}
            </Text>
          </UnstyledButton>
          <Tooltip label={t('playground.history.demo')}>
            <ActionIcon variant="subtle" color="gray" size="sm" disabled={demo?.examples.some(({ asked }) => asked === id) ?? true} onClick={() => void addToDemo(id, question)} aria-label={t('playground.history.demo')}>
              <Presentation size={14} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('playground.history.remove')}>
            <ActionIcon variant="subtle" color="gray" size="sm" onClick={() => void remove(id)} aria-label={t('playground.history.remove')}>
              <X size={14} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
    </>
  );
}
