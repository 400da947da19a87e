import { Button } from '@mantine/core';
import { Maximize2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Key } from '../key.tsx';

/** Opens the image in the viewer, with its key. */
export function EnlargeButton({ onEnlarge }: { readonly onEnlarge: () => void }) {
  const { t } = useTranslation();
  return (
    <Button size="compact-sm" variant="default" leftSection={<Maximize2 size={13} aria-hidden />} rightSection={<Key keys="z" />} aria-keyshortcuts="z" onClick={onEnlarge} ml="auto">
      {t('annotate.image.enlarge')}
    </Button>
  );
}
