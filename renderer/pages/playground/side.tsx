import { Button, Group, Title } from '@mantine/core';
import { Presentation } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DemoForm } from './demo-form.tsx';
import { History } from './history.tsx';
import css from './playground.module.css';
import { SetupForm } from './setup-form.tsx';
import type { Setup } from './setup.ts';

type SideProps = { readonly setup: Setup; readonly change: (change: Partial<Setup>) => void; readonly shown: string | undefined; readonly onShow: (id: string) => void };

/** Who answers, and what was asked before. */
export function Side({ setup, change, shown, onShow }: SideProps) {
  const { t } = useTranslation();
  const [demo, setDemo] = useState(false);
  return (
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
      <History shown={shown} onShow={onShow} />
      <DemoForm opened={demo} onClose={() => setDemo(false)} />
    </aside>
  );
}
