import { mkdtempSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensurePython } from '../../main/setup/ensure-python.ts';
import { testHome } from '../test-home.ts';

/** A data folder of its own for the app, with the private Python that all tests share. */
export async function homeWithPython(name: string): Promise<string> {
  const home = mkdtempSync(path.join(os.tmpdir(), `arft-${name}-`));
  await ensurePython(testHome);
  symlinkSync(path.join(testHome, 'python'), path.join(home, 'python'));
  return home;
}
