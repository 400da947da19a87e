import { importCorpus } from '../../../main/search/corpus/import.ts';

// A process that imports until it is killed: node importer.ts HOME NAME FILE

const [home = '', name = '', file = ''] = process.argv.slice(2);
await importCorpus({ home, name, sources: [file] });
