import path from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // The same files serve from app:// and from http://.
  base: './',
  plugins: [react()],
  build: {
    outDir: path.join(import.meta.dirname, '../out/renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    modulePreload: { polyfill: false },
    // Images stay files: the policy for content allows data: for canvases only.
    assetsInlineLimit: 0,
  },
});
