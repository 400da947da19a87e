import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../parts/dialog.tsx';

/** Asks who sits here: once, and whenever it is somebody else. */
export function WhoDialog({ name, onName, onClose }: { readonly name: string; readonly onName: (name: string) => void; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(name);
  return (
    <Dialog onClose={onClose} title={t('annotate.who.title')} size="sm">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') onName(typed);
        }}
      >
        <Stack gap="sm">
          <Text size="sm" className="faint">
            {t('annotate.who.help')}
          </Text>
          <TextInput label={t('annotate.who.name')} value={typed} maxLength={100} autoComplete="name" onChange={({ currentTarget: { value } }) => setTyped(value)} data-autofocus />
          <Group justify="flex-end">
            <Button type="submit" disabled={typed.trim() === ''}>
              {t('annotate.who.action')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
