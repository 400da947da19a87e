import { Command } from 'commander';
import { exportFile } from '../data/export.ts';
import { formats } from '../data/formats/table.ts';
import { readDataset } from '../data/import.ts';
import { readLayout } from '../data/layout-file.ts';
import type { FormatName } from '../data/layout.ts';
import { noteOutside } from '../data/outside-places.ts';
import { openHome } from '../home.ts';
import { InputError } from '../records/input-error.ts';
import { type CommandSetup, examples, jsonOption, someText } from './command.ts';
import { assertOtherFile, formatOption, imageStore, tellFaults } from './data-import.ts';
import { exit } from './terminal.ts';

type ExportOptions = { readonly format?: FormatName; readonly images?: string; readonly out: string; readonly json: boolean };

export const dataExport: CommandSetup = (run) =>
  new Command('export')
    .description('write samples as a data set’s file: as the one that they were imported from, byte by byte, or in another format')
    .argument('<samples>', 'the samples that `data import` wrote (JSON lines)')
    .addOption(formatOption())
    .option('--images <folder>', 'write the image files there, too, under the names by which the file calls them')
    .requiredOption('--out <file>', 'the file to write', someText)
    .addOption(jsonOption())
    .addHelpText('after', examples('data export coding.jsonl --out MAT-Coding.json', 'data export coding.jsonl --format chat --out train.parquet', 'data export mini.jsonl --format mat-coding --images out/images --out out/MAT-Coding.json'))
    .action((samples: string, options: ExportOptions) =>
      run(async ({ terminal, signal }) => {
        assertOtherFile(options.out, [samples]);
        const { records, faults } = await readDataset(samples, { format: 'samples', signal });
        if (faults.length > 0) tellFaults(terminal, samples, faults);
        const kept = await readLayout(samples);
        const format = options.format ?? kept?.format;
        if (!format) throw new InputError({ thing: samples, expected: `a layout beside it, as \`data import\` of one file leaves it, or --format`, found: 'neither', remedy: 'Add --format, for instance --format mat-coding.' });
        const same = kept?.format === format;
        const layout = same ? kept : formats[format].fresh;
        const foreign = kept !== undefined && !same && format !== 'samples';
        if ((layout.container === 'parquet') !== options.out.endsWith('.parquet')) throw new InputError({ thing: options.out, expected: layout.container === 'parquet' ? 'a name that ends in .parquet' : 'a name of a text file (.json, .jsonl)', found: options.out, remedy: 'Choose another name for --out.' });
        const written = await exportFile(options.out, records, layout, { store: imageStore(), foreign, signal, ...(options.images !== undefined && { imagesFolder: options.images }) });
        if (format === 'samples') await noteOutside(openHome(), options.out);
        for (const { id, reason } of written.left.slice(0, 20)) terminal.log(`sample ${id} ${reason} (left out)`);
        terminal.result({ out: options.out, format, ...written }, `${options.out}: ${format}, ${written.rows} rows, ${written.images} image files, ${written.left.length} samples left out`);
        return written.rows > 0 ? exit.done : exit.failed;
      }, options.json),
    );
