import { Command } from 'commander';
import { openHome } from '../home.ts';
import { UnusedImages } from '../store/images/unused-images.ts';
import { bytesText } from './bytes-text.ts';
import { type CommandSetup, examples, jsonOption } from './command.ts';

type UnusedOptions = { readonly remove: boolean; readonly missingToo: boolean; readonly json: boolean };

/** Missing files that are named one by one; with --json all of them are. */
const shownMissing = 20;

export const dataUnusedImages: CommandSetup = (run) =>
  new Command('unused-images')
    .description('count the pictures of the image store that nothing in the data folder names any more, nor samples that were written elsewhere; --remove removes them')
    .option('--remove', 'remove them, but for those that were used within a day or since a run at work began', false)
    .option('--missing-too', 'with --remove: also where files that name pictures are not there, and so what only they name', false)
    .addOption(jsonOption())
    .addHelpText('after', examples('data unused-images', 'data unused-images --remove'))
    .action(({ remove, missingToo, json }: UnusedOptions) =>
      run(async ({ terminal, signal }) => {
        const images = new UnusedImages(openHome());
        const found = await images.count(signal);
        for (const place of found.missing.slice(0, shownMissing)) terminal.log(`${place} names pictures and is not there: those that only it names count as unused`);
        if (found.missing.length > shownMissing) terminal.log(`… and ${found.missing.length - shownMissing} more (--json lists all)`);
        const removed = remove ? await images.remove({ missingToo }, signal) : null;
        const lines = [`${found.files} pictures (${bytesText(found.bytes)}) are named by nothing`, `${found.recent.files} more (${bytesText(found.recent.bytes)}) are named by nothing, but were used within a day or since a run at work began: they stay`];
        terminal.result({ ...found, removed }, [...lines, ...(removed ? [`removed: ${removed.files} pictures (${bytesText(removed.bytes)})`] : found.files > 0 ? ['--remove removes them; copies of samples that you keep elsewhere are not looked at'] : [])].join('\n'));
      }, json),
    );
