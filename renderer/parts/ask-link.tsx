import { Button } from '@mantine/core';
import { MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';

type Asked = { readonly question: string; readonly images: readonly string[]; readonly task: 'coding' | 'search' };

/** An address holds as much of a question. */
const longest = 8000;

/** Each value as JSON, so that a question that looks like a number stays a text. */
const askPath = ({ question, images, task }: Asked): string => `#/playground?question=${encodeURIComponent(JSON.stringify(question.slice(0, longest)))}&images=${images.slice(0, 8).join(',')}&task=${task}`;

/** Leads to the playground with a question and its images filled in. */
export function AskLink({ asked }: { readonly asked: Asked }) {
  const { t } = useTranslation();
  return (
    <Button component="a" href={askPath(asked)} size="compact-sm" variant="default" leftSection={<MessagesSquare size={13} aria-hidden />} title={t('playground.ask.help')} style={{ flexShrink: 0 }}>
      {t('playground.ask.action')}
    </Button>
  );
}
