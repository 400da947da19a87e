import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** Says that something was done, with a button that undoes it; it stays long enough to be read and reached. */
export function undoNotice(message: string, undo: string, onUndo: () => void): void {
  const id = notifications.show({
    autoClose: 10_000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm">{message}</Text>
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            onUndo();
          }}
        >
          {undo}
        </Button>
      </Group>
    ),
  });
}
