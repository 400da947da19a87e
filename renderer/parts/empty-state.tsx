import { Box, Stack, Text, Title } from '@mantine/core';
import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';

/** A page with nothing on it yet: what will be here, and the one action that fills it. */
export function EmptyState({ icon: Icon, title, text, action }: { readonly icon: LucideIcon; readonly title: string; readonly text: string; readonly action?: ReactNode }) {
  return (
    <Stack align="center" justify="center" gap="sm" py={96} px="xl" ta="center">
      <Icon size={40} strokeWidth={1.25} aria-hidden className="faint" />
      <Title order={2}>{title}</Title>
      <Text className="faint" maw={440} style={{ textWrap: 'balance' }}>
        {text}
      </Text>
      {action !== undefined && <Box mt="sm">{action}</Box>}
    </Stack>
  );
}
