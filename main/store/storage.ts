import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Bin } from './bin.ts';

export const storageKinds = ['database', 'runs', 'checkpoints', 'evaluations', 'images', 'thumbnails', 'corpora', 'quantized', 'models', 'python', 'cuda', 'bin', 'other'] as const;
export type StorageKind = (typeof storageKinds)[number];

export const freeableKinds = ['bin', 'thumbnails', 'quantized', 'cuda'] as const;
/** What can go: the bin for good, thumbnails and quantised copies are made again when they are wanted, CUDA's libraries fetched again. */
export type FreeableKind = (typeof freeableKinds)[number];

export type StorageRow = { readonly kind: StorageKind; readonly bytes: number; readonly files: number; readonly freeable: boolean };

/** What kind a file of the data folder is, by its path in it; the first that fits. */
const kinds: readonly (readonly [path: RegExp, kind: StorageKind])[] = [
  [/^arft(\.db|-backup-)/, 'database'],
  [/^runs\/[^/]+\/checkpoints\//, 'checkpoints'],
  [/^images\/thumbnails\//, 'thumbnails'],
  ...(['runs', 'evaluations', 'images', 'corpora', 'quantized', 'models', 'python', 'cuda', 'bin'] as const).map((kind) => [new RegExp(`^${kind}/`), kind] as const),
];

/** Sizes on the disk by kind. Links are not followed. */
export class Storage {
  readonly #home: string;
  readonly #bin: Bin;

  constructor(home: string, bin: Bin) {
    [this.#home, this.#bin] = [home, bin];
  }

  async sizes(signal?: AbortSignal): Promise<readonly StorageRow[]> {
    const sums = new Map<StorageKind, { bytes: number; files: number }>(storageKinds.map((kind) => [kind, { bytes: 0, files: 0 }]));
    await this.#walk('', (file, bytes) => {
      const sum = sums.get(kindOf(file)) as { bytes: number; files: number };
      sum.bytes += bytes;
      sum.files += 1;
    }, signal);
    return storageKinds.map((kind) => ({ kind, ...(sums.get(kind) as { bytes: number; files: number }), freeable: (freeableKinds as readonly string[]).includes(kind) }));
  }

  /** @returns the bytes that were freed. */
  async free(kind: FreeableKind): Promise<number> {
    const before = await this.#bytesOf(kind);
    if (kind === 'bin') await this.#bin.empty();
    else await rm(path.join(this.#home, folders[kind]), { recursive: true, force: true });
    return before - (await this.#bytesOf(kind));
  }

  async #bytesOf(kind: FreeableKind): Promise<number> {
    let sum = 0;
    await this.#walk(folders[kind], (_, bytes) => {
      sum += bytes;
    });
    return sum;
  }

  async #walk(folder: string, each: (file: string, bytes: number) => void, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const entries = existsSync(path.join(this.#home, folder)) ? await readdir(path.join(this.#home, folder), { withFileTypes: true }) : [];
    for (const entry of entries) {
      const file = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await this.#walk(file, each, signal);
      else if (entry.isFile()) each(file, (await stat(path.join(this.#home, file)).catch(() => undefined))?.size ?? 0); // or removed meanwhile
    }
  }
}

const folders = { bin: 'bin', thumbnails: 'images/thumbnails', quantized: 'quantized', cuda: 'cuda' } as const;

const kindOf = (file: string): StorageKind => kinds.find(([pattern]) => pattern.test(file))?.[1] ?? 'other';
