import { ActionIcon, Menu, Popover, Text } from '@mantine/core';
import { CircleQuestionMark, Download, FileImage, FileSpreadsheet, FileType, ScaleIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import css from './charts.module.css';

type ToolProps = { readonly label: string; readonly icon: ReactNode; readonly onOpen: () => void };

/** Looks like what it is replaced by when it is pressed: nine charts would else make eighteen menus that nobody opens. */
const Tool = ({ label, icon, onOpen }: ToolProps) => (
  <button type="button" className={css.tool} aria-label={label} aria-haspopup="true" aria-expanded={false} onClick={onOpen}>
    {icon}
  </button>
);

/** What a chart is, and what good and bad look like. */
export function ChartHelp({ title, what, look }: { readonly title: string; readonly what: string; readonly look: string }) {
  const { t } = useTranslation();
  const [asked, ask] = useState(false);
  const [label, icon] = [t('train.charts.help', { title }), <CircleQuestionMark size={15} />];
  if (!asked) return <Tool {...{ label, icon }} onOpen={() => ask(true)} />;
  return (
    <Popover defaultOpened width={300} position="bottom-end" shadow="md" withArrow>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" autoFocus aria-label={label}>
          {icon}
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">{what}</Text>
        <Text size="sm" mt={6} className="faint">
          {look}
        </Text>
      </Popover.Dropdown>
    </Popover>
  );
}

type SaveProps = { readonly title: string; readonly opened: boolean; readonly onOpened: (opened: boolean) => void; readonly log: boolean; readonly onLog: () => void; readonly onSave: (form: 'svg' | 'png' | 'csv') => void };

/** The ways out of a chart, and its scale. */
export function ChartMenu({ title, opened, onOpened, log, onLog, onSave }: SaveProps) {
  const { t } = useTranslation();
  const [asked, ask] = useState(false);
  const [label, icon] = [t('train.charts.save', { title }), <Download size={15} />];
  if (opened && !asked) ask(true);
  if (!asked) return <Tool {...{ label, icon }} onOpen={() => onOpened(true)} />;
  return (
    <Menu opened={opened} onChange={onOpened} position="bottom-end" shadow="md" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" autoFocus aria-label={label}>
          {icon}
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<FileType size={15} />} onClick={() => onSave('svg')}>
          SVG
        </Menu.Item>
        <Menu.Item leftSection={<FileImage size={15} />} onClick={() => onSave('png')}>
          PNG
        </Menu.Item>
        <Menu.Item leftSection={<FileSpreadsheet size={15} />} onClick={() => onSave('csv')}>
          CSV
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<ScaleIcon size={15} />} onClick={onLog}>
          {t(log ? 'train.charts.linear' : 'train.charts.log')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
