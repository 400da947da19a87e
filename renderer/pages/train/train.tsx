import { TrendingUp } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Train() {
  const { t } = useTranslation();
  return <EmptyState icon={TrendingUp} title={t('train.empty.title')} text={t('train.empty.text')} />;
}
