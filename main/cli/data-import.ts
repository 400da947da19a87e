import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, Option } from 'commander';
import { ImageStore } from '../data/image-store.ts';
import { ImageImport } from '../data/images.ts';
import { type Imported, importFile } from '../data/import.ts';
import { layoutFileOf } from '../data/layout-file.ts';
import { type FormatName, formatNames } from '../data/layout.ts';
import { noteOutside } from '../data/outside-places.ts';
import type { Fault } from '../data/row-import.ts';
import { WholeFile } from '../data/whole-file.ts';
import { openHome } from '../home.ts';
import { InputError } from '../records/input-error.ts';
import type { Sample } from '../records/sample.ts';
import { type CommandSetup, examples, jsonOption, someText } from './command.ts';
import { type Terminal, exit } from './terminal.ts';

type ImportOptions = { readonly format?: FormatName; readonly images: string | boolean; readonly out: string; readonly json: boolean };

export const formatOption = (): Option => new Option('--format <name>', 'the format, where it is not to be recognised').choices(formatNames);

export const imageStore = (): ImageStore => new ImageStore(path.join(openHome(), 'images'));

/** Faults that are printed one by one; with --json all of them are listed. */
const shownFaults = 20;

export const dataImport: CommandSetup = (run) =>
  new Command('import')
    .description('read data sets (MAT, FlashRAG, TRL and verl, our own) into samples, their images into the image store')
    .argument('<files...>', 'JSON lists, JSON lines or Parquet files')
    .addOption(formatOption())
    .option('--images <folder>', 'where the files’ images are (default: beside each file)')
    .option('--no-images', 'leave images as names, and do not look for them')
    .requiredOption('--out <file.jsonl>', 'where the samples are written, one a line', someText)
    .addOption(jsonOption())
    .addHelpText('after', examples('data import MAT-Coding.json --images MAT-Coding-image --out coding.jsonl', 'data import dev.jsonl --out musique.jsonl --json', 'data import train-*.parquet --out train.jsonl'))
    .action((files: readonly string[], options: ImportOptions) =>
      run(async ({ terminal, signal }) => {
        assertOtherFile(options.out, files);
        if (typeof options.images === 'string' && !existsSync(options.images)) throw new InputError({ thing: '--images', expected: 'a folder that is there', found: options.images, remedy: 'Check the path, or use --no-images.' });
        const out = new WholeFile(options.out);
        const results: (Imported & { readonly file: string; readonly images: number; readonly faults: readonly Fault[] })[] = [];
        try {
          const ids = new Set<string>();
          for (const file of files) {
            const images = options.images === false ? undefined : new ImageImport(imageStore(), typeof options.images === 'string' ? options.images : path.dirname(file));
            const faults: Fault[] = [];
            let done = 0;
            const sample = (each: Sample): Promise<void> | undefined => {
              if (++done % 1000 === 0) terminal.progress(path.basename(file), done, done + 1);
              return out.write(`${JSON.stringify(unique(each, ids, file))}\n`);
            };
            // Only one file can be written again byte by byte: its layout lies beside the samples.
            const imported = await importFile(file, { sample, fault: (fault) => faults.push(fault) }, { keepText: files.length === 1, signal, ...(images && { images }), ...(options.format && { format: options.format }) });
            results.push({ ...imported, file, images: images?.count ?? 0, faults });
            tellFaults(terminal, file, faults);
          }
          await out.finish();
          await noteOutside(openHome(), options.out);
        } catch (error) {
          await out.discard();
          throw error;
        }
        if (results.length === 1) await writeFile(layoutFileOf(options.out), `${JSON.stringify(results[0]?.layout)}\n`);
        const samples = results.reduce((sum, each) => sum + each.samples, 0);
        const documents = results.map(({ file, layout, rows, samples, images, faults }) => ({ file, format: layout.format, container: layout.container, rows, samples, images, dropped: faults.filter(({ kept }) => !kept).length, faults }));
        terminal.result({ out: options.out, samples, files: documents }, documents.map((each) => `${each.file}: ${each.format} (${each.container}), ${each.rows} rows, ${each.samples} samples, ${each.images} images, ${each.dropped} rows left out`).join('\n'));
        return samples > 0 ? exit.done : exit.failed;
      }, options.json),
    );

/** @throws InputError where a file would be written over one that it is made from. */
export function assertOtherFile(out: string, files: readonly string[]): void {
  const same = files.find((file) => path.resolve(file) === path.resolve(out));
  if (same !== undefined) throw new InputError({ thing: '--out', expected: 'another file than the one that is read', found: same, remedy: 'Choose another name.' });
}

/** Ids are unique within a file already; those of several files may be the same. */
function unique(sample: Sample, ids: Set<string>, file: string): Sample {
  const id = ids.has(sample.id) ? `${path.basename(file)}:${sample.id}` : sample.id;
  if (ids.has(id)) throw new InputError({ thing: file, expected: 'a file that was not named before', found: `the id ${id} once more`, remedy: 'Name every file once.' });
  ids.add(id);
  return id === sample.id ? sample : { ...sample, id };
}

export function tellFaults(terminal: Terminal, file: string, faults: readonly Fault[]): void {
  for (const fault of faults.slice(0, shownFaults)) terminal.log(`${file}: ${faultText(fault)}`);
  if (faults.length > shownFaults) terminal.log(`${file}: … and ${faults.length - shownFaults} more (--json lists all)`);
}

const faultText = ({ row, line, reason, kept }: Fault): string => `row ${row}${line === undefined ? '' : `, line ${line}`}: ${reason}${kept ? '' : ' (left out)'}`;
