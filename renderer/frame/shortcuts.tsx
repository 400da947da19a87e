import { Kbd, Modal, Table } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { parts } from './navigation.ts';

const wanted = 'arft-show-shortcuts';

export const showShortcuts = (): void => void globalThis.dispatchEvent(new Event(wanted));

/** Time in which the second key of `g x` counts. */
const pairMs = 1500;

/** The list of keys, and the keys that lead to pages. */
export function Shortcuts() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [shown, setShown] = useState(false);
  const gAt = useRef(0);
  useEffect(() => {
    const show = (): void => setShown(true);
    globalThis.addEventListener(wanted, show);
    return () => globalThis.removeEventListener(wanted, show);
  }, []);
  useHotkeys([
    ['shift + ?', () => setShown(true), { usePhysicalKeys: false }],
    ['g', () => void (gAt.current = performance.now())],
    ...parts.map(({ path, key }): [string, () => void, { preventDefault: boolean }] => [key, () => {
      if (performance.now() - gAt.current < pairMs) void navigate({ to: path });
    }, { preventDefault: false }]),
  ]);
  const rows: readonly (readonly [string, string])[] = [
    ['Ctrl/⌘ K', t('frame.shortcuts.find')],
    ['?', t('frame.shortcuts.help')],
    ...parts.map(({ name, key }) => [`g ${key}`, t('frame.shortcuts.go', { page: t(`frame.nav.${name}`) })] as const),
  ];
  return (
    <Modal opened={shown} onClose={() => setShown(false)} title={t('frame.shortcuts.title')} closeButtonProps={{ 'aria-label': t('frame.shortcuts.close') }}>
      <Table>
        <Table.Tbody>
          {rows.map(([keys, what]) => (
            <Table.Tr key={keys}>
              <Table.Td w={120}>
                <Kbd>{keys}</Kbd>
              </Table.Td>
              <Table.Td>{what}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
