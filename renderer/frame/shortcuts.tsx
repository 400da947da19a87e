import { Kbd, Table } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../parts/dialog.tsx';
import { findKeys } from './keys.ts';
import { parts } from './navigation.ts';
import { beginPair, endPair, isPair, useListedKeys } from './page-keys.ts';

const wanted = 'arft-show-shortcuts';

export const showShortcuts = (): void => void globalThis.dispatchEvent(new Event(wanted));

/** The list of keys, and the keys that lead to pages. */
export function Shortcuts() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [shown, setShown] = useState(false);
  const page = useListedKeys();
  useEffect(() => {
    const show = (): void => setShown(true);
    globalThis.addEventListener(wanted, show);
    return () => globalThis.removeEventListener(wanted, show);
  }, []);
  useHotkeys([
    ['shift + ?', () => setShown(true), { usePhysicalKeys: false }],
    ['g', beginPair],
    ...parts.map(({ path, key }): [string, () => void, { preventDefault: boolean }] => [key, () => {
      if (!isPair()) return;
      endPair();
      void navigate({ to: path });
    }, { preventDefault: false }]),
  ]);
  const rows: readonly (readonly [string, string])[] = [
    ...(page?.keys ?? []).map(({ keys, shown: short, words }) => [short ?? keys.join('  '), words] as const),
    [findKeys, t('frame.shortcuts.find')],
    ['?', t('frame.shortcuts.help')],
    ...parts.map(({ name, key }) => [`g ${key}`, t('frame.shortcuts.go', { page: t(`frame.nav.${name}`) })] as const),
  ];
  return shown && (
    <Dialog onClose={() => setShown(false)} title={t('frame.shortcuts.title')}>
      <Table>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={what}>
              <Table.Td w={120}>
                <Kbd>{keys}</Kbd>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
