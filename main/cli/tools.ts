import type { Command } from 'commander';
import type { Tools } from '../agent/environment.ts';
import type { ImageStore } from '../data/image-store.ts';
import type { Terminal } from './terminal.ts';

export type ToolOptions = { readonly corpus?: string };
export type OpenTools = { readonly tools: Tools; readonly described: { readonly code: string; readonly search: string }; readonly close: () => Promise<void> };
export const addToolOptions = (command: Command): Command => command.option('--corpus <name>', 'passages to search in');
export async function openTools(_options: ToolOptions, images: ImageStore, _terminal: Terminal, _more: { readonly direct?: boolean; readonly corpusFile?: string }): Promise<OpenTools> {
  return { tools: { images, runCode: { off: 'not there' }, search: { off: 'not there' } }, described: { code: 'off', search: 'off' }, close: async () => {} };
}
