import { MessagesSquare } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Playground() {
  const { t } = useTranslation();
  return <EmptyState icon={MessagesSquare} title={t('playground.empty.title')} text={t('playground.empty.text')} />;
}
