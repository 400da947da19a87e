import { Command } from 'commander';
import { openHome } from '../home.ts';
import { Corpus } from '../search/corpus/corpus.ts';
import { corpusNames, existingCorpus, removeCorpus } from '../search/corpus/folder.ts';
import { InputError } from '../records/input-error.ts';
import { bytesText } from './bytes-text.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

export const searchList: CommandSetup = (run) =>
  new Command('list')
    .description('list the corpora of the data folder')
    .addOption(jsonOption())
    .addHelpText('after', examples('search list', 'search list --json'))
    .action(({ json }: { json: boolean }) =>
      run(async ({ terminal }) => {
        const corpora = corpusNames(openHome()).map((name) => ({ name, bytes: existingCorpus(openHome(), name).bytes, ...aboutOf(name) }));
        const lines = corpora.map((each) => `${each.name.padEnd(24)} ${'fault' in each ? each.fault : `${String(each.passages).padStart(10)} passages  ${bytesText(each.bytes).padStart(10)}  ${each.createdAt.slice(0, 10)}`}`);
        terminal.result({ corpora }, lines.length > 0 ? lines.join('\n') : 'No corpora. Import one: arft search import FILES --name NAME');
      }, json),
    );

/** A damaged corpus is listed with its fault, so that it can be removed. */
function aboutOf(name: string): Corpus['about'] | { readonly fault: string } {
  try {
    const corpus = new Corpus(openHome(), name);
    corpus.close();
    return corpus.about;
  } catch (error) {
    return { fault: error instanceof InputError ? error.expectation.found : (error as Error).message };
  }
}

export const searchRemove: CommandSetup = (run) =>
  new Command('remove')
    .description('remove a corpus from the data folder')
    .argument('<name>', 'the corpus')
    .addOption(jsonOption())
    .addHelpText('after', examples('search remove wiki'))
    .action((name: string, { json }: { json: boolean }) =>
      run(async ({ terminal }) => {
        const { bytes } = removeCorpus(openHome(), name);
        terminal.result({ removed: name, bytes }, `removed ${name}, ${bytesText(bytes)}`);
      }, json),
    );
