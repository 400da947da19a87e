import path from 'node:path';
import react from '@vitejs/plugin-react';
import { type Plugin, defineConfig } from 'vite';

/** Functions are compiled when their file is fetched, beside everything else, and not at the first click that wants them. */
const compileAhead: Plugin = {
  name: 'compile-ahead',
  generateBundle: (_, files) => {
    for (const file of Object.values(files)) if (file.type === 'chunk') file.code = `//# allFunctionsCalledOnLoad\n${file.code}`;
  },
};

export default defineConfig({
  root: import.meta.dirname,
  // The same files serve from app:// and from http://.
  base: './',
  plugins: [react(), compileAhead],
  build: {
    outDir: path.join(import.meta.dirname, '../out/renderer'),
    emptyOutDir: true,
    target: 'chrome140',
    modulePreload: { polyfill: false },
    // Images stay files: the policy for content allows data: for canvases only.
    assetsInlineLimit: 0,
  },
});
