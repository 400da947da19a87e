import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { engineWords } from '../../i18n/engine-words.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { whole } from '../../parts/numbers.ts';
import { visibleText } from '../../parts/turns/visible.ts';
import css from './sets.module.css';
import type { Added } from './use-add.ts';

/** Files of which no sample was made, with the reasons; the others are there. */
export function RefusedFiles({ added: { dataset, ordinals, refused }, onOpen, onClose }: { readonly added: Added; readonly onOpen: (dataset: number, sample: number) => void; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [first] = ordinals;
  return (
    <Dialog onClose={onClose} size="lg" title={t('annotate.new.title')}>
      <Stack gap="sm" role="status">
        <Text>{t('annotate.new.made', { count: ordinals.length, samples: whole(ordinals.length) })}</Text>
        <Text size="sm" className="faint">
          {t('annotate.new.refused', { count: refused.length, files: whole(refused.length) })}
        </Text>
        <ul className={css.refused} tabIndex={0} aria-label={t('annotate.new.refusedList')}>
          {refused.map(({ file, reason }, i) => (
            <li key={i} className="foreign">
              <b>{visibleText(file)}</b> {visibleText(engineWords(reason))}
            </li>
          ))}
        </ul>
        <Group justify="flex-end">
          {first === undefined ? (
            <Button data-autofocus onClick={onClose}>
              {t('datasets.close')}
            </Button>
          ) : (
            <Button data-autofocus onClick={() => onOpen(dataset, first)}>
              {t('annotate.new.begin')}
            </Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
