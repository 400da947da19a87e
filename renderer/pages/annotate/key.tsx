import { Kbd } from '@mantine/core';

/** The key of an action, printed beside it; who listens hears it from `aria-keyshortcuts`. */
export const Key = ({ keys }: { readonly keys: string }) => (
  <Kbd size="xs" aria-hidden style={{ whiteSpace: 'nowrap' }}>
    {keys}
  </Kbd>
);
