import { SearchRecords } from '../../../main/search/records.ts';

// A process that records results while others do: node recorder.ts HOME NAME COUNT

const [home = '', name = '', count = '0'] = process.argv.slice(2);
const records = new SearchRecords(home);
for (let i = 0; i < Number(count); i++) {
  await records.through('record', { engine: 'test', query: `q${i}`, options: { k: 3 } }, async () => [{ id: `${name}-${i}`, title: '', text: `${name} ${i}` }]);
}
const kept = Array.from({ length: Number(count) }, (_, i) => records.get({ engine: 'test', query: `q${i}`, options: { k: 3 } })?.[0]?.id);
records.close();
process.stdout.write(JSON.stringify(kept));
