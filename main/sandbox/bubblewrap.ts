import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import type { PrivatePython } from '../setup/private-python.ts';

export type BubblewrapSettings = {
  readonly tier: 'L1' | 'L2' | 'L3';
  readonly python: PrivatePython;
  /** Folder of the zygote's program. */
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly diskBytes: number;
};

/** Where a zygote finds its program and the packages. */
export type Places = { readonly program: string; readonly packages: string };

// Not where they are outside: that may lie below /work, or tell a user's name.
export const insidePlaces: Places = { program: '/sandbox/program', packages: '/sandbox/packages' };

const libraryFolders = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/nix/store'];

/** Options that leave a zygote an empty machine: Python and the system's libraries, three devices, a work folder. */
export function bubblewrapOptions({ tier, python, program, environment, diskBytes }: BubblewrapSettings): readonly string[] {
  return [
    // Never --unshare-all, which only tries the user namespace.
    '--unshare-user', '--unshare-pid', '--unshare-net', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try',
    '--uid', '65534', '--gid', '65534', '--hostname', 'sandbox', '--die-with-parent', '--new-session',
    // L1's zygote makes namespaces for each job; the job itself gives all capabilities up.
    '--cap-drop', 'ALL', ...(tier === 'L1' ? ['--cap-add', 'CAP_SYS_ADMIN'] : ['--disable-userns']),
    '--clearenv', ...Object.entries(environment).flatMap(([name, value]) => ['--setenv', name, value]),
    ...libraryFolders.flatMap(sameAsHere), ...interpreter(python),
    '--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache',
    ...['/dev/null', '/dev/zero', '/dev/urandom'].flatMap((device) => ['--dev-bind', device, device]),
    '--ro-bind', python.sitePackages, insidePlaces.packages, '--ro-bind', program, insidePlaces.program,
    ...(tier === 'L1' ? ['--dir', '/work'] : ['--size', String(diskBytes), '--tmpfs', '/work']),
    '--remount-ro', '/', '--chdir', '/',
  ];
}

/** A folder of the system as it is: a link (/lib → usr/lib) stays a link. */
function sameAsHere(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return lstatSync(folder).isSymbolicLink() ? ['--symlink', readlinkSync(folder), folder] : ['--ro-bind', folder, folder];
}

/** The interpreter at the place it was built for, with its libraries and nothing else of its prefix. */
function interpreter({ executable, basePrefix }: PrivatePython): readonly string[] {
  const libraries = ['lib', 'lib64'].map((name) => path.join(basePrefix, name)).filter((folder) => !libraryFolders.includes(folder) && existsSync(folder));
  return [...libraries.flatMap(sameAsHere), '--ro-bind', executable, executable];
}
