import type { SpotlightActionGroupData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { ClipboardCheck, Database, type LucideIcon, TrendingUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useEngine } from '../connection/hooks.ts';
import { visibleText } from '../parts/turns/visible.ts';

type Thing = { readonly id: string; readonly name: string; readonly open: () => void };

/** Of each kind; who has more narrows them down on their page. */
const most = 500;

/** Runs, datasets and evaluations by their names; asked for when the palette opens first. */
export function useThings(wanted: boolean): SpotlightActionGroupData[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: runs } = useEngine('runs.list', { limit: most }, { enabled: wanted });
  const { data: datasets } = useEngine('datasets.list', undefined, { enabled: wanted });
  const { data: evaluations } = useEngine('evaluations.list', { text: '', scorer: null, limit: most }, { enabled: wanted });
  const group = (title: string, Icon: LucideIcon, things: readonly Thing[] = []): SpotlightActionGroupData => ({
    group: title,
    actions: things.map(({ id, name, open }) => ({ id, label: visibleText(name), leftSection: <Icon size={18} />, onClick: open })),
  });
  return [
    group(t('frame.palette.runs'), TrendingUp, runs?.rows.map(({ name, title }) => ({ id: `run ${name}`, name: title === name ? name : `${title} (${name})`, open: () => void navigate({ to: '/train/$run', params: { run: name }, search: {} }) }))),
    group(t('frame.palette.datasets'), Database, datasets?.map(({ id, name }) => ({ id: `dataset ${id}`, name, open: () => void navigate({ to: '/datasets', search: { dataset: id } }) }))),
    group(t('frame.palette.evaluations'), ClipboardCheck, evaluations?.rows.map(({ name }) => ({ id: `evaluation ${name}`, name, open: () => void navigate({ to: '/evaluate/$name', params: { name }, search: {} }) }))),
  ];
}
