import { registerHooks } from 'node:module';

// node --import …/register.ts out/app/main/index.js: the desktop app with the stand-in for Electron's module.

const standIn = new URL('electron.ts', import.meta.url).href;

registerHooks({ resolve: (specifier, context, next) => (specifier === 'electron' ? { url: standIn, shortCircuit: true } : next(specifier, context)) });
