import { Command } from 'commander';
import { dataExport } from './data-export.ts';
import { dataImport } from './data-import.ts';
import { dataInspect } from './data-inspect.ts';
import { dataMini } from './data-mini.ts';
import { dataUnusedImages } from './data-unused-images.ts';
import type { CommandSetup } from './command.ts';

/** `arft data …`: data sets in and out, and the built-in one. */
export const data: CommandSetup = (run) => {
  const command = new Command('data').description('import, export, inspect data sets; write the built-in one; remove unused pictures');
  for (const each of [dataImport, dataExport, dataInspect, dataMini, dataUnusedImages]) command.addCommand(each(run).exitOverride());
  return command;
};
