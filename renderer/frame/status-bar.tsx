import { useTranslation } from 'react-i18next';
import { useEngine } from '../connection/hooks.ts';
import { bytes } from '../parts/numbers.ts';
import css from './frame.module.css';

/** What the machine does, in words; each part leads to where it is explained. */
export function StatusBar() {
  const { t } = useTranslation();
  const { data: status } = useEngine('app.status', undefined, { refetchMs: 3000 });
  const { data: machine } = useEngine('app.machine', {});
  const { data: web } = useEngine('settings.web', undefined);
  const sandbox = machine?.find(({ id }) => id === 'sandbox');
  const tier = sandbox?.status === 'ok' ? t('frame.status.sandbox', { tier: sandbox.detail.slice(0, 2) }) : t('frame.status.noSandbox');
  return (
    <footer className={css.status}>
      {status && (
        <>
          <span>{t('frame.status.memory', { used: bytes(status.memoryUsed), total: bytes(status.memoryTotal) })}</span>
          <span>{t('frame.status.disk', { free: bytes(status.diskFree) })}</span>
        </>
      )}
      <a href="#/settings">{sandbox ? tier : t('frame.status.looking')}</a>
      <a href="#/settings">{t(web?.on ? 'frame.status.online' : 'frame.status.offline')}</a>
    </footer>
  );
}
