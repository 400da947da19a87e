import { statSync } from 'node:fs';
import { Command } from 'commander';
import { openHome } from '../home.ts';
import { corpusFile } from '../search/corpus/folder.ts';
import { type BrokenSource, type ImportReport, importCorpus } from '../search/corpus/import.ts';
import { bytesText } from './bytes-text.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

type ImportOptions = { readonly name: string; readonly replace: boolean; readonly json: boolean };

/** Rows that are told one by one; with --json the report has more of them. */
const shownRows = 20;

const mebibyte = 2 ** 20;

export const searchImport: CommandSetup = (run) =>
  new Command('import')
    .description('make a corpus of files: JSON lines (FlashRAG’s, or {id, title, text}), Markdown, HTML, plain text, folders of these')
    .argument('<corpus...>', 'files and folders')
    .requiredOption('--name <name>', 'what the corpus is called')
    .option('--replace', 'take the place of a corpus of this name, once the new one is whole', false)
    .addOption(jsonOption())
    .addHelpText('after', examples('search import wiki18_100w.jsonl --name wiki', 'search import notes/ manual.html --name notes --replace'))
    .action((sources: readonly string[], { name, replace, json }: ImportOptions) =>
      run(async ({ terminal, signal }) => {
        const onProgress = (done: number, total: number): void => terminal.progress(`${name} (MiB)`, Math.floor(done / mebibyte), Math.ceil(total / mebibyte));
        const report = await importCorpus({ home: openHome(), name, sources, replace, signal, onProgress });
        for (const each of report.broken.slice(0, shownRows)) terminal.log(brokenText(each));
        if (report.brokenCount > shownRows) terminal.log(`… and ${report.brokenCount - shownRows} more that cannot be read${json ? '' : ' (--json lists more)'}`);
        if (report.skipped.length > 0) terminal.log(`${report.skipped.length} files of another kind left out: ${report.skipped.slice(0, 5).join(', ')}${report.skipped.length > 5 ? ' …' : ''}`);
        terminal.result(report, reportText(report));
      }, json),
    );

const brokenText = ({ file, line, reason }: BrokenSource): string => `${file}${line === undefined ? '' : `, line ${line}`}: ${reason} (left out)`;

function reportText({ name, about, brokenCount, ms }: ImportReport): string {
  const bytes = statSync(corpusFile(openHome(), name)).size;
  return [
    `corpus ${name}: ${about.documents} documents, ${about.passages} passages, ${bytesText(about.textBytes)} of text, ${bytesText(bytes)} with the index`,
    `${(ms / 1000).toFixed(1)} s, ${Math.round((about.passages / ms) * 1000)} passages/s${brokenCount === 0 ? '' : `, ${brokenCount} rows or files left out`}`,
  ].join('\n');
}
