import { Database } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Datasets() {
  const { t } = useTranslation();
  return <EmptyState icon={Database} title={t('datasets.empty.title')} text={t('datasets.empty.text')} />;
}
