import { useTried } from './tried.ts';

/** Asks for a folder in the system's own dialog; undefined where the window is a browser's, which has none that tells a path. */
export function useFolderPicker(onPick: (folder: string) => void): (() => void) | undefined {
  const tried = useTried();
  const pick = window.arftShell?.pickFolder;
  return pick && (() => void tried(async () => {
    const folder = await pick();
    if (folder !== null) onPick(folder);
  }));
}
