import path from 'node:path';
import { Command } from 'commander';
import { readDataset } from '../data/import.ts';
import type { FormatName } from '../data/layout.ts';
import { isDataUri, shownName } from '../data/image-reference.ts';
import { ImageStore } from '../data/image-store.ts';
import type { Sample } from '../records/sample.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';
import { formatOption, imageStore, tellFaults } from './data-import.ts';

type InspectOptions = { readonly format?: FormatName; readonly images?: string; readonly json: boolean };

export const dataInspect: CommandSetup = (run) =>
  new Command('inspect')
    .description('say what is in a data set’s file: format, counts, broken rows, missing images')
    .argument('<file>', 'a JSON list, JSON lines or a Parquet file')
    .addOption(formatOption())
    .option('--images <folder>', 'where its images are (default: beside the file)')
    .addOption(jsonOption())
    .addHelpText('after', examples('data inspect MAT-Coding.json --images MAT-Coding-image', 'data inspect train.parquet --json'))
    .action((file: string, options: InspectOptions) =>
      run(async ({ terminal, signal }) => {
        const { layout, rows, records, faults } = await readDataset(file, { signal, ...(options.format && { format: options.format }) });
        const missing = layout.container === 'parquet' ? [] : await missingImages(records, options.images ?? path.dirname(file));
        const report = {
          file,
          format: layout.format,
          container: layout.container,
          rows,
          samples: records.length,
          tasks: counted(records.map(({ task }) => task)),
          splits: counted(records.map(({ split }) => split ?? 'none')),
          issues: counted(records.flatMap(({ issues }) => issues ?? [])),
          withoutAnswer: records.filter(({ answers }) => answers.length === 0).length,
          steps: records.reduce((sum, { chain }) => sum + (chain?.length ?? 0), 0),
          images: new Set(records.flatMap(imagesOf)).size,
          missingImages: missing,
          faults,
          first: records[0] ?? null,
        };
        tellFaults(terminal, file, faults);
        const counts = (label: string, of: Readonly<Record<string, number>>): string => `${label}: ${Object.entries(of).map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`;
        terminal.result(report, [
          `${file}: ${report.format} (${report.container}), ${rows} rows, ${records.length} samples, ${faults.filter(({ kept }) => !kept).length} rows left out`,
          counts('tasks', report.tasks),
          counts('splits', report.splits),
          counts('issues', report.issues),
          `without an answer: ${report.withoutAnswer}; steps of chains: ${report.steps}`,
          `images: ${report.images}, missing ${missing.length}${missing.length > 0 ? ` (${missing.slice(0, 5).map(shownName).join(', ')}${missing.length > 5 ? ' …' : ''})` : ''}`,
        ].join('\n'));
      }, options.json),
    );

const imagesOf = ({ images, cleanImage, chain }: Sample): readonly string[] => [...images, ...(cleanImage === undefined ? [] : [cleanImage]), ...(chain ?? []).flatMap(({ image }) => (image === undefined ? [] : [image]))];

function counted(names: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Whether images are there; none is read. */
async function missingImages(records: readonly Sample[], folder: string): Promise<readonly string[]> {
  const [files, store] = [new ImageStore(folder), imageStore()];
  const missing: string[] = [];
  for (const name of new Set(records.flatMap(imagesOf))) {
    const places = name.startsWith('sha256:') || isDataUri(name) ? [[store, name] as const] : [path.resolve(folder, name), path.join(folder, path.basename(name))].map((place) => [files, place] as const);
    const found = await Promise.all(places.map(([where, place]) => where.has(place)));
    if (!found.includes(true)) missing.push(name);
  }
  return missing;
}
