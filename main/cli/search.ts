import { Command } from 'commander';
import type { CommandSetup } from './command.ts';
import { searchList, searchRemove } from './search-corpora.ts';
import { searchImport } from './search-import.ts';
import { searchKey } from './search-key.ts';
import { searchQuery } from './search-query.ts';

/** `arft search …`: corpora in the data folder, and engines of the web. */
export const search: CommandSetup = (run) => {
  const command = new Command('search').description('import passages to search in, ask them or an engine of the web');
  for (const each of [searchImport, searchQuery, searchList, searchRemove, searchKey]) command.addCommand(each(run).exitOverride());
  return command;
};
