import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exportFile } from '../../main/data/export.ts';
import { formats } from '../../main/data/formats/table.ts';
import { ImageStore } from '../../main/data/image-store.ts';
import { ImageImport } from '../../main/data/images.ts';
import { importFile, readDataset } from '../../main/data/import.ts';
import { miniItems } from '../../main/data/mini/items.ts';
import { WholeFile } from '../../main/data/whole-file.ts';
import { encodePng } from '../../main/model/image/encode.ts';
import { type Benchmark, wholeNumber } from './benchmark.ts';

type Case = { readonly name: string; readonly text: (rows: number, pictures: readonly string[]) => string };

const list = (rows: number, row: (i: number) => readonly object[]): string => JSON.stringify(Array.from({ length: rows }, (_, i) => row(i)).flat(), null, 4);
const picture = (pictures: readonly string[], i: number): string => pictures[i % pictures.length] as string;

const cases: readonly Case[] = [
  {
    name: 'FlashRAG lines',
    text: (rows) => Array.from({ length: rows }, (_, i) => JSON.stringify({ id: `train_${i}`, question: `Who is the spouse of the performer of song number ${i}?`, golden_answers: [`Name ${i}`, `N. ${i}`], metadata: { type: 'bridge', level: 'hard', supporting_facts: { title: ['A', 'B'], sent_id: [0, 1] } } })).join('\n'),
  },
  {
    name: 'MAT-Coding list, 100 pictures',
    text: (rows, pictures) => list(rows, (i) => [{ id: i, question: `Recognize the text within the [36, 72, 506, ${800 + (i % 200)}] of the image.`, answers: [`text ${i}`], ori_image_path: picture(pictures, i), processed_image_path: picture(pictures, i + 1), type: [i % 2 ? 'crop' : 'dark'], split: 'simple' }]),
  },
  {
    name: 'MAT training, chains of 3',
    text: (rows, pictures) =>
      list(Math.ceil(rows / 3), (i) => {
        const [image_path, problem, context] = [picture(pictures, i), `<query> What is number ${i}? </query>`, "<think>It is dark.</think>\n<problem> {'dark'} </problem>\n"];
        const code = `<think>Repair.</think>\n<code>\n\`\`\`python\nimport cv2\nx = ${i}\n\`\`\`\n</code>`;
        return [
          { type: 'pre_problem', image_path, problem, solution: "<problem> {'dark'} </problem>", gt: context },
          { type: 'pre_code', image_path, problem, context, solution: code, gt: code },
          { type: 'pre_answer', image_path, problem, context: context + code, solution: `<answer> ${i} </answer>`, gt: '' },
        ];
      }),
  },
];

export const data: Benchmark = {
  name: 'data',
  summary: 'import of data sets: rows read, checked, written as samples; images taken in; chains put together',
  options: { rows: { type: 'string', default: '100000' }, pictures: { type: 'string', default: '2000' } },
  run: async (options, { figure, note }) => {
    const rows = wholeNumber(options['rows'], 'rows');
    const distinct = wholeNumber(options['pictures'], 'pictures');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-bench-data-'));
    const timed = async <T>(task: () => Promise<T>): Promise<readonly [number, T]> => {
      const start = performance.now();
      const result = await task();
      return [(performance.now() - start) / 1000, result];
    };
    try {
      const pictures: string[] = [];
      for (const { sample, image } of miniItems(1, 'train', Math.max(100, distinct))) {
        pictures.push(sample.images[0] as string);
        writeFileSync(path.join(folder, pictures.at(-1) as string), await encodePng(image));
      }
      for (const { name, text } of cases) {
        const [file, out] = [path.join(folder, 'in.json'), path.join(folder, 'out.jsonl')];
        writeFileSync(file, text(rows, pictures.slice(0, 100)));
        const store = new ImageStore(path.join(folder, 'store'));
        const [seconds, imported] = await timed(async () => {
          const written = new WholeFile(out);
          const result = await importFile(file, { sample: (sample) => written.write(`${JSON.stringify(sample)}\n`), fault: (fault) => note(`${fault.row}: ${fault.reason}`) }, { keepText: true, images: new ImageImport(store, folder) });
          await written.finish();
          return result;
        });
        figure(`${name}: ${imported.rows} rows in`, seconds, 's');
        const { records } = await readDataset(out, { format: 'samples' });
        const [back] = await timed(() => exportFile(path.join(folder, 'back.json'), records, imported.layout, { store }));
        figure(`${name}: and out again`, back, 's');
      }
      const file = path.join(folder, 'pictures.json');
      writeFileSync(file, JSON.stringify(pictures.map((name, i) => ({ id: i, question: 'which digit ?', answer: '1', image_path: name }))));
      const store = new ImageStore(path.join(folder, 'store-2'));
      const before = process.cpuUsage();
      const [first] = await timed(() => readDataset(file, { images: new ImageImport(store, folder) }));
      const spent = process.cpuUsage(before);
      figure('different small pictures decoded and kept', pictures.length / first, 'images/s');
      figure('processor time of each: program', spent.user / 1000 / pictures.length, 'ms');
      figure('processor time of each: file system', spent.system / 1000 / pictures.length, 'ms');
      const [again] = await timed(() => readDataset(file, { images: new ImageImport(store, folder) }));
      figure('the same again, nothing decoded', pictures.length / again, 'images/s');
      const [parquetOut, { layout }] = await timed(async () => {
        const { records, layout: from } = await readDataset(file, { images: new ImageImport(store, folder) });
        await exportFile(path.join(folder, 'p.parquet'), records, formats.chat.fresh, { store, foreign: true });
        return { layout: from };
      });
      figure(`Parquet with pictures, written from ${layout.format}`, pictures.length / parquetOut, 'rows/s');
      const [parquetIn] = await timed(() => readDataset(path.join(folder, 'p.parquet'), { images: new ImageImport(store, folder) }));
      figure('Parquet with pictures, read', pictures.length / parquetIn, 'rows/s');
      figure('peak memory', process.resourceUsage().maxRSS / 1024, 'MiB');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
