import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './styles.css';
import './lists.css';
import './panels.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queries } from './connection/queries.ts';
import { startLanguage } from './i18n/i18n.ts';
import { fetchPages, router } from './routes.tsx';
import { applyTextSize } from './text-size.ts';
import { theme } from './theme.ts';

/** When the other pages' code is fetched: after the first page is drawn and has asked for its data. */
const fetchAfterMs = 1500;

applyTextSize();
await startLanguage();
createRoot(document.querySelector('#root') as Element).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
setTimeout(() => void fetchPages(), fetchAfterMs);
