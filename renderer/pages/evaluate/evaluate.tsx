import { ClipboardCheck } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Evaluate() {
  const { t } = useTranslation();
  return <EmptyState icon={ClipboardCheck} title={t('evaluate.empty.title')} text={t('evaluate.empty.text')} />;
}
