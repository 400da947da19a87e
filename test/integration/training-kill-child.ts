import { writeSync } from 'node:fs';
import { runConfig } from '../../main/records/run-config.ts';
import { RunFolder } from '../../main/train/run-folder.ts';
import { runTraining } from '../../main/train/run.ts';

// A run that says at once, line by line, what it is about to do: node training-kill-child.ts HOME NAME CONFIG. A run of
// that name goes on from where it was.

const [home, name, config] = process.argv.slice(2) as [string, string, string];
const settings = runConfig.parse({ ...(JSON.parse(config) as object), name });
let run: RunFolder;
try {
  run = RunFolder.open(home, name);
} catch {
  run = RunFolder.create(home, settings);
}
const outcome = await runTraining(run, home, new AbortController().signal, { onProgress: (label, done, total) => writeSync(1, `${label} ${done}/${total}\n`) });
writeSync(1, `${outcome}\n`);
