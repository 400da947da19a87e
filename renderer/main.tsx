import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { EngineError } from '../preload/rpc/connect.ts';
import { startLanguage } from './i18n/i18n.ts';
import { router } from './routes.tsx';
import { applyTextSize } from './text-size.ts';
import { theme } from './theme.ts';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // Answers grow old by the engine's word (useChanges), not by the clock.
      staleTime: Number.POSITIVE_INFINITY,
      refetchOnWindowFocus: false,
      networkMode: 'always',
      retry: (failures, error) => failures < 3 && error instanceof EngineError && error.code === 'DISCONNECTED',
    },
    mutations: { networkMode: 'always' },
  },
});

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
