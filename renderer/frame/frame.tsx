import { Alert } from '@mantine/core';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useChanges, useConnection } from '../connection/hooks.ts';
import css from './frame.module.css';
import { usePageScroll } from './page-scroll.ts';
import { Palette } from './palette.tsx';
import { Rail } from './rail.tsx';
import { Shortcuts } from './shortcuts.tsx';
import { useSleepNotice } from './sleep-notice.ts';
import { useStartNotes } from './start-notes.ts';
import { StatusBar } from './status-bar.tsx';
import { TopBar } from './top-bar.tsx';

/** What stands around every page. */
export function Frame() {
  const { t } = useTranslation();
  const state = useConnection();
  const { pathname } = useLocation();
  const page = useRef<HTMLElement>(null);
  useChanges();
  usePageScroll(page);
  useStartNotes();
  useSleepNotice();
  // A stand shows nothing that leads elsewhere.
  if (pathname === '/demo') return <Outlet />;
  return (
    <div className={css.app}>
      <a className={css.skip} href="#page" onClick={focusPage}>
        {t('frame.skip')}
      </a>
      <Rail />
      <TopBar />
      <main ref={page} id="page" tabIndex={-1} className={css.page}>
        {(state === 'lost' || state === 'gone') && (
          <Alert color="orange" radius={0} role="status">
            {t(state === 'lost' ? 'frame.connection.lost' : window.arftShell ? 'frame.connection.goneWindow' : 'frame.connection.gone')}
          </Alert>
        )}
        <Outlet />
      </main>
      <StatusBar />
      <Palette />
      <Shortcuts />
    </div>
  );
}

/** The address's part behind # belongs to the router, so the jump is made by hand. */
function focusPage(event: React.MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#page')?.focus();
}
