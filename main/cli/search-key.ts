import { Command } from 'commander';
import { keyVariable, readKey, removeKey, storeKey } from '../search/keys.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';
import { readStandardInput } from './standard-input.ts';
import { UsageError } from './terminal.ts';

type KeyOptions = { readonly store: boolean; readonly remove: boolean; readonly json: boolean };

export const searchKey: CommandSetup = (run) =>
  new Command('key')
    .description('say where the key of a service is from; keep it in the system’s keychain, or remove it there')
    .argument('<service>', 'serper, brave, tavily, or another name')
    .option('--store', 'read the key from standard input and keep it', false)
    .option('--remove', 'remove it from the keychain', false)
    .addOption(jsonOption())
    .addHelpText('after', examples('search key serper', 'search key serper --store < key.txt', 'search key serper --remove'))
    .action((service: string, { store, remove, json }: KeyOptions) =>
      run(async ({ terminal, signal }) => {
        if (!/^[a-z][a-z0-9-]{0,31}$/.test(service)) throw new UsageError('a service is named in small letters, digits and dashes');
        if (store && remove) throw new UsageError('--store or --remove, not both');
        if (store) {
          if (process.stdin.isTTY) terminal.log('Type the key and end it with Ctrl-D on a new line (it is shown while you type):');
          const key = (await readStandardInput(signal)).trim();
          if (key === '' || /\s/.test(key)) throw new UsageError('standard input holds no key, or more than one word');
          storeKey(service, key);
        }
        if (remove) removeKey(service);
        const source = readKey(service)?.source ?? 'none';
        terminal.result({ service, source }, source === 'none' ? `${service}: no key in ${keyVariable(service)} or the keychain` : `${service}: a key from the ${source}`);
      }, json),
    );
