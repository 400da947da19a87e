import path from 'node:path';
import type { PrivatePython } from '../setup/private-python.ts';

type Places = { readonly python: PrivatePython; readonly program: string; readonly scratch: string };

const systemFolders = ['/usr/lib', '/usr/share/zoneinfo', '/System/Library', '/System/Volumes/Preboot/Cryptexes/OS', '/private/var/db/dyld', '/private/var/db/timezone'];
const devices = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'];

/**
 * The profile for sandbox-exec: everything is denied that is not named. Python, the packages and the system's libraries
 * can be read, the scratch folder can be written; no network, no other process, no service of the system. All paths
 * must be real ones: the kernel compares what links lead to (/tmp is /private/tmp).
 */
export function macosProfile({ python, program, scratch }: Places): string {
  const readable = [...systemFolders, path.posix.join(python.basePrefix, 'lib'), ...python.standardLibrary, python.sitePackages, program];
  // The interpreter of a framework build starts the one in its Resources.
  const interpreters = [python.executable, path.posix.join(python.basePrefix, 'Resources/Python.app/Contents/MacOS/Python')];
  const libraries = ['Python', 'Python3'].map((name) => path.posix.join(python.basePrefix, name));
  const ancestors = [...new Set([...readable, ...interpreters, scratch].flatMap(foldersAbove))];
  return [
    '(version 1)',
    '(deny default)',
    '(deny network*)',
    '(deny process-fork)',
    `(allow process-exec ${interpreters.map(literal).join(' ')})`,
    `(allow file-read* file-map-executable ${[...[...new Set(readable)].map(subpath), ...[...interpreters, ...libraries].map(literal)].join(' ')})`,
    `(allow file-read-metadata ${ancestors.map(literal).join(' ')})`,
    '(allow file-read-data (literal "/"))',
    `(allow file-read* ${devices.map(literal).join(' ')})`,
    '(allow file-write-data (literal "/dev/null"))',
    `(allow file-read* file-write* ${subpath(scratch)})`,
    // What a job leaves must stay ours to look at and to remove.
    '(deny file-write-mode file-write-flags file-write-owner file-write-setugid)',
    '(allow sysctl-read)',
    '(allow process-info* (target self))',
    '(allow signal (target self))',
  ].join('\n');
}

/** The command line that runs a program under a profile. */
export const macosCommand = (profile: string, command: readonly string[]): readonly string[] => ['/usr/bin/sandbox-exec', '-p', profile, ...command];

const literal = (file: string): string => `(literal ${quoted(file)})`;
const subpath = (folder: string): string => `(subpath ${quoted(folder)})`;

/** A string of the profile's language, which is Scheme's. */
function quoted(text: string): string {
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001F]/.test(text)) throw new RangeError(`a path with a control character: ${JSON.stringify(text)}`);
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Every folder on the way to a path, so that its links can be followed. */
function foldersAbove(file: string): readonly string[] {
  const above = path.posix.dirname(file);
  return above === file ? [file] : [...foldersAbove(above), above];
}
