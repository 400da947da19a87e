import { ActionIcon } from '@mantine/core';
import { ChevronDown, ChevronUp, Redo2, Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { redoKeys, undoKeys } from '../../frame/keys.ts';
import { whole } from '../../parts/numbers.ts';
import type { Opened } from './edit/use-editor.ts';
import { Key } from './key.tsx';
import { StateMark } from './state-mark.tsx';
import type { Ways } from './use-ways.ts';
import css from './workplace.module.css';

/** Over a sample: its place and state, the way to others, and what is done with it as a whole. */
export function DeskBar({ opened, ways, said, children }: { readonly opened: Opened | undefined; readonly ways: Ways; /** Whether it is saved, or what was just done. */ readonly said: string; readonly children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={css.deskBar}>
      <span className={css.place}>{opened && t('annotate.place', { number: whole(opened.index + 1), total: whole(opened.total) })}</span>
      <BarButton label={t('annotate.keys.before')} keys="k" shortcut="k" onPress={ways.before} icon={<ChevronUp size={16} />} />
      <BarButton label={t('annotate.keys.next')} keys="j" shortcut="j" onPress={ways.next} icon={<ChevronDown size={16} />} />
      {opened && <StateMark state={opened.annotation.state} />}
      <span className={css.said} role="status">
        {said}
      </span>
      <span className={css.deskActions}>
        <BarButton label={t('annotate.keys.undo')} keys={undoKeys} shortcut="Control+Z" onPress={ways.undo} icon={<Undo2 size={15} />} />
        <BarButton label={t('annotate.keys.redo')} keys={redoKeys} shortcut="Control+Shift+Z" onPress={ways.redo} icon={<Redo2 size={15} />} />
        {children}
      </span>
    </div>
  );
}

const BarButton = ({ label, keys, shortcut, onPress, icon }: { readonly label: string; readonly keys: string; readonly shortcut: string; readonly onPress: () => void; readonly icon: ReactNode }) => (
  <span className={css.barButton}>
    <ActionIcon variant="subtle" color="gray" aria-label={label} aria-keyshortcuts={shortcut} title={`${label}  ${keys}`} onClick={onPress}>
      {icon}
    </ActionIcon>
    <Key keys={keys} />
  </span>
);
