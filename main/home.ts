import os from 'node:os';
import path from 'node:path';

/** The data folder: ARFT_HOME, or this platform's place for a user's data. */
export function homeFolder(environment: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  const chosen = environment['ARFT_HOME'];
  if (chosen) return path.resolve(chosen);
  const home = os.homedir();
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'ARFT Studio');
  if (platform === 'win32') return path.join(environment['APPDATA'] ?? path.join(home, 'AppData', 'Roaming'), 'ARFT Studio');
  return path.join(environment['XDG_DATA_HOME'] ?? path.join(home, '.local', 'share'), 'arft-studio');
}
