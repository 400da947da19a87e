import { writeSync } from 'node:fs';
import { openStore } from '../../../main/store/store.ts';
import { RunFolder } from '../../../main/train/run-folder.ts';
import { metricsOf, told } from '../../unit/store/records.ts';

// Writes into a data folder until it is killed, and says on stdout what is committed: `node writer.ts HOME FILE NAME [index]`. Several
// may write at once; one of them indexes a run.

const [home = '', file = '', writer = '', task = ''] = process.argv.slice(2);
const store = openStore(home);
const say = (fact: object): void => void writeSync(1, `${JSON.stringify(fact)}\n`);
say({ notes: store.notes });

const run = RunFolder.open(home, 'run');

async function index(): Promise<never> {
  await store.indexer.look();
  for (let step = store.runData.steps('run').length; ; step++) {
    for (let member = 0; member < 8; member++) run.log.append(told({ step, member }));
    run.log.append(metricsOf(step));
    await store.indexer.look();
    say({ steps: store.runData.steps('run').length });
  }
}

async function importAndRemove(): Promise<never> {
  for (let i = 0; ; i++) {
    const name = `${writer}-${i}`;
    const { id, samples } = await store.datasets.import({ name, files: [file] });
    say({ dataset: name, samples });
    store.settings.set(writer, name);
    say({ setting: name });
    if (i % 3 === 2) {
      const binned = await store.bin.remove({ kind: 'dataset', dataset: id });
      say({ binned: name });
      await store.bin.empty([binned]);
    }
  }
}

await Promise.all([task === 'index' ? index() : undefined, importAndRemove()]);
