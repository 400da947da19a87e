import { Box } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Models() {
  const { t } = useTranslation();
  return <EmptyState icon={Box} title={t('models.empty.title')} text={t('models.empty.text')} />;
}
