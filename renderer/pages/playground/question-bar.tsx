import { Button, Group, Text, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { sendKeys } from '../../frame/keys.ts';
import { once } from '../../parts/once.ts';
import { asking } from './asking.ts';
import { ImageInput } from './image-input.tsx';
import css from './playground.module.css';
import type { Written } from './use-question.ts';

type QuestionBarProps = {
  readonly written: Written;
  readonly write: (change: Partial<Written>) => void;
  readonly running: boolean;
  readonly ready: boolean;
  readonly onSend: () => void;
  /** Where something is shown already: before, the page itself offers an example. */
  readonly onExample: (() => void) | undefined;
  readonly canTry: boolean;
};

/** What asks and what interrupts stand in one place: the second press of a double click does not undo the first. */
const turn = (act: () => void): void => void once('playground.ask', async () => act());

/** Images and a question, and what sends them. */
export function QuestionBar({ written: { text, images }, write, running, ready, onSend, onExample, canTry }: QuestionBarProps) {
  const { t } = useTranslation();
  return (
    <div className={css.bar}>
      <div className={css.barColumn}>
        <ImageInput images={images} onChange={(now) => write({ images: now })} />
        <Group align="flex-end" gap="sm" wrap="nowrap">
          <Textarea
            style={{ flex: 1 }}
            label={t('playground.question.label')}
            placeholder={t('playground.question.placeholder')}
            value={text}
            onChange={({ currentTarget: { value } }) => write({ text: value })}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSend();
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
            <Button onClick={() => turn(onSend)} disabled={!ready}>
              {t('playground.question.ask')}
            </Button>
          )}
        </Group>
        <Group justify="space-between" mih={22}>
          <Text size="xs" className="faint">
            {t('playground.question.hint', { keys: sendKeys })}
          </Text>
          {onExample && (
            <Button variant="subtle" size="compact-xs" onClick={onExample} disabled={!canTry}>
              {t('playground.empty.action')}
            </Button>
          )}
        </Group>
      </div>
    </div>
  );
}
