import path from 'node:path';
import { ImageStore } from '../data/image-store.ts';
import { Annotations } from './annotations/annotations.ts';
import { Bin } from './bin.ts';
import { Datasets } from './datasets/datasets.ts';
import { eraseUnfinished } from './datasets/import-dataset.ts';
import { EvaluationScan } from './evaluations/evaluation-scan.ts';
import { Evaluations } from './evaluations/evaluations.ts';
import { Indexer } from './indexer.ts';
import { backup, openDatabase } from './open-database.ts';
import { RunQueue } from './queue.ts';
import { RunData } from './runs/run-data.ts';
import { RunScan } from './runs/run-scan.ts';
import { Runs } from './runs/runs.ts';
import { Settings } from './settings.ts';
import { Storage } from './storage.ts';
import { UnusedImages } from './images/unused-images.ts';
import { Thumbnails } from './thumbnails.ts';

/** What the app keeps in a data folder; the only door to its database. */
export type Store = {
  readonly home: string;
  /** What was done to the database when it was opened, in words for the user: migrated, restored. */
  readonly notes: readonly string[];
  readonly images: ImageStore;
  readonly indexer: Indexer;
  readonly runs: Runs;
  readonly runData: RunData;
  readonly queue: RunQueue;
  readonly datasets: Datasets;
  readonly annotations: Annotations;
  readonly evaluations: Evaluations;
  readonly bin: Bin;
  readonly settings: Settings;
  readonly thumbnails: Thumbnails;
  readonly storage: Storage;
  readonly unusedImages: UnusedImages;
  /** Copies the database while it is in use, for the day that it is damaged. @returns the copy's file. */
  readonly backup: () => Promise<string>;
  readonly close: () => Promise<void>;
};

/**
 * Opens the store of a data folder; several processes may.
 * @throws InputError where the folder cannot be used, or its database is a newer version's.
 */
export function openStore(home: string): Store {
  const { connection, notes } = openDatabase(home);
  try {
    const images = new ImageStore(path.join(home, 'images'));
    const [runScan, evaluationScan] = [new RunScan(home, connection), new EvaluationScan(home, connection)];
    const indexer = new Indexer(home, runScan, evaluationScan);
    const datasets = new Datasets(connection, images);
    const bin = new Bin(home, connection, runScan, evaluationScan);
    // Unseen either way; what a kill left is only erased so that it takes no room.
    const erased = eraseUnfinished(connection).catch(() => {});
    return {
      home,
      notes,
      images,
      indexer,
      bin,
      runs: new Runs(home, connection),
      runData: new RunData(home, connection),
      queue: new RunQueue(connection),
      datasets,
      annotations: new Annotations(connection, datasets),
      evaluations: new Evaluations(home, connection),
      settings: new Settings(connection),
      thumbnails: new Thumbnails(images),
      storage: new Storage(home, bin),
      unusedImages: new UnusedImages(home),
      backup: () => backup(home, connection),
      close: async () => {
        await erased;
        await indexer.close();
        connection.close();
      },
    };
  } catch (error) {
    connection.close();
    throw error;
  }
}
