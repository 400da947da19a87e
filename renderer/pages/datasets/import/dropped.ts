import { uploadFile } from '../../../connection/upload.ts';

// Files on their way from a window to the engine: their path where the desktop knows it, else they are handed over.

/** Something to import: a place of the engine's machine, or a file of the browser's. */
export type Dropped = { readonly name: string } & ({ readonly place: string } | { readonly file: File });

/** Files of folders that are dropped on a browser, at most: each is handed over by itself. */
export const mostFiles = 20_000;

export const chosenOf = (files: readonly File[]): readonly Dropped[] =>
  files.map((file) => {
    const place = window.arftShell?.pathOfFile(file);
    return place ? { name: file.name, place } : { name: file.name, file };
  });

/** What was dropped; folders with all that is in them. @throws Error with `tooMany` where that is more than a browser hands over. */
export async function droppedOf(transfer: DataTransfer, tooMany: string): Promise<readonly Dropped[]> {
  if (window.arftShell) return chosenOf([...transfer.files]);
  const found: File[] = [];
  // Entries must be taken before the event ends.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  for (const entry of entries) await walk(entry, found);
  if (found.length > mostFiles) throw new Error(tooMany);
  return chosenOf(found);
}

async function walk(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (found.length > mostFiles || entry.name.startsWith('.')) return;
  if (entry.isFile) found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
  else {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (batch.length === 0) return;
      for (const each of batch) await walk(each, found);
    }
  }
}

/** Places for the engine. @throws the signal's reason, or Error with the engine's words. */
export async function handOver(dropped: readonly Dropped[], onDone: (done: number) => void, signal: AbortSignal): Promise<readonly { readonly name: string; readonly place: string }[]> {
  const places: { name: string; place: string }[] = [];
  for (const each of dropped) {
    signal.throwIfAborted();
    places.push({ name: each.name, place: 'place' in each ? each.place : await uploadFile(each.file, signal) });
    onDone(places.length);
  }
  return places;
}

/** A name that no other dataset has. */
export function freeName(wished: string, taken: readonly string[]): string {
  if (!taken.includes(wished)) return wished;
  for (let n = 2; ; n++) if (!taken.includes(`${wished} ${n}`)) return `${wished} ${n}`;
}
