import { Route } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Rollouts() {
  const { t } = useTranslation();
  return <EmptyState icon={Route} title={t('rollouts.empty.title')} text={t('rollouts.empty.text')} />;
}
