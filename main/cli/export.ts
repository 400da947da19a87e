import path from 'node:path';
import { Command, Option } from 'commander';
import { openHome } from '../home.ts';
import { isAdapter } from '../model/folder/adapter-config.ts';
import { InputError } from '../records/input-error.ts';
import { type ExportForm, exportAdapter, exportRun } from '../train/export.ts';
import { type ExportHooks, type ExportPrecision, exportPrecisions } from '../train/merged-model.ts';
import { RunFolder } from '../train/run-folder.ts';
import { type Call, type CommandSetup, examples, integer, jsonOption, someText } from './command.ts';

type ExportOptions = { readonly out: string; readonly step?: number; readonly base?: string; readonly form: ExportForm; readonly dtype: ExportPrecision; readonly json: boolean };

export const exportCommand: CommandSetup = (run) =>
  new Command('export')
    .description('take a run’s adapter away, or merge what it trained into a whole model; likewise an adapter from elsewhere')
    .argument('<run>', 'the name or the folder of a run, or the folder of a PEFT adapter')
    .requiredOption('--out <folder>', 'a folder that is not there yet', someText)
    .option('--step <n>', 'of this checkpoint; the last by default', integer(1, 1_000_000_000))
    .option('--base <folder>', 'of an adapter: the model that it was trained on; of a run, --form merged: where that model is now')
    .addOption(new Option('--form <form>', 'a PEFT adapter, or a Hugging Face folder with the adapter merged in').choices(['adapter', 'merged']).default('adapter'))
    .addOption(new Option('--dtype <type>', 'of a merged model’s weights; bfloat16 rounds away what a short training at a low rate changed').choices(Object.keys(exportPrecisions)).default('bfloat16'))
    .addOption(jsonOption())
    .addHelpText('after', examples('export quickstart --out my-adapter', 'export run-2 --step 100 --form merged --out my-model', 'export their-adapter --base ~/models/Qwen2.5-VL-3B-Instruct --form merged --out their-model'))
    .action((source: string, options: ExportOptions) =>
      run(async (call) => {
        try {
          await exportSource(source, options, call);
        } catch (error) {
          if (call.signal.aborted) call.terminal.log(`the export was stopped; nothing of it stays in ${options.out}`);
          throw error;
        }
      }, options.json),
    );

const mebibyte = 1024 ** 2;

async function exportSource(source: string, { out, step: wanted, base, form, dtype: precision }: ExportOptions, { terminal, signal }: Call): Promise<void> {
  const what = form === 'adapter' ? 'adapter' : 'model';
  const hooks: ExportHooks = { signal, onProgress: (done, total) => terminal.progress(`${path.basename(out)} (MiB)`, Math.floor(done / mebibyte), Math.ceil(total / mebibyte)) };
  if (!RunFolder.named(openHome(), source) && isAdapter(source)) {
    if (base === undefined) throw new InputError({ thing: `adapter ${source}`, expected: '--base, the model that it was trained on', found: 'none', remedy: 'Add --base FOLDER.' });
    if (wanted !== undefined) throw new InputError({ thing: '--step', expected: 'a run', found: 'an adapter', remedy: 'Leave it out.' });
    await exportAdapter(source, base, out, form, { precision, ...hooks });
    terminal.result({ adapter: path.resolve(source), base: path.resolve(base), form, out }, `${what} of ${source}: ${out}`);
    return;
  }
  const opened = RunFolder.open(openHome(), source);
  if (base !== undefined && form === 'adapter') throw new InputError({ thing: '--base', expected: '--form merged, or an adapter that is from no run', found: `the adapter of run ${opened.name}, which needs no base`, remedy: 'Leave it out.' });
  const step = await exportRun(opened, out, form, { precision, ...hooks, ...(wanted !== undefined && { step: wanted }), ...(base !== undefined && { base }) });
  terminal.result({ run: opened.name, step, form, out }, `${what} after ${step} steps: ${out}`);
}
