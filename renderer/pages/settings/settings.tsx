import { Settings as SettingsIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState } from '../../parts/empty-state.tsx';

export function Settings() {
  const { t } = useTranslation();
  return <EmptyState icon={SettingsIcon} title={t('settings.empty.title')} text={t('settings.empty.text')} />;
}
