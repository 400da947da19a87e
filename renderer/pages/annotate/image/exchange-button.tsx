import { Button, FileButton } from '@mantine/core';
import { ImageUp } from 'lucide-react';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { chosenOf } from '../../datasets/import/dropped.ts';
import { Key } from '../key.tsx';
import type { Exchange } from './use-exchange.ts';

export const exchangeId = 'annotate-exchange';

/** Chooses another image for the sample, or its first. */
export function ExchangeButton({ exchange: { busy, take }, isFirst }: { readonly exchange: Exchange; readonly isFirst: boolean }) {
  const { t } = useTranslation();
  const reset = useRef<() => void>(null);
  return (
    <FileButton
      accept="image/*" resetRef={reset}
      onChange={(file) => {
        // So that the same file can be chosen again.
        reset.current?.();
        if (file) void take(chosenOf([file]));
      }}
    >
      {(props) => (
        <Button {...props} id={exchangeId} size="compact-sm" variant="default" leftSection={<ImageUp size={14} aria-hidden />} rightSection={<Key keys="i" />} aria-keyshortcuts="i" title={t('annotate.image.exchangeHelp')} disabled={busy}>
          {t(isFirst ? 'annotate.image.choose' : 'annotate.image.exchange')}
        </Button>
      )}
    </FileButton>
  );
}
