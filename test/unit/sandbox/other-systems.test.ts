import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../../main/sandbox/limits.ts';
import { macosCommand, macosProfile } from '../../../main/sandbox/macos.ts';
import type { PrivatePython } from '../../../main/setup/private-python.ts';
import { singleUseLaunchOf, tiersOf } from '../../../main/sandbox/tiers.ts';
import { windowsCommand } from '../../../main/sandbox/windows.ts';

test.each([
  ['linux', ['L1', 'L2', 'L3']],
  ['darwin', ['macOS']],
  ['win32', ['Windows']],
  ['freebsd', []],
  ['constructor', []],
])('tiers of %s', (platform, expected) => {
  expect(tiersOf(platform)).toEqual(expected);
});

const python: PrivatePython = {
  requirements: '', version: '3.12.1', executable: '/Library/Frameworks/Python.framework/Versions/3.12/bin/python3.12', basePrefix: '/Library/Frameworks/Python.framework/Versions/3.12',
  standardLibrary: ['/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12'], sitePackages: '/Users/a "b"/packages',
};

test.each(['linux', 'win32', 'freebsd'])('the tier of macOS is not one of %s', (platform) => {
  expect(singleUseLaunchOf('macOS', python, defaultLimits, platform)).toHaveProperty('lacking');
});

describe('the profile of macOS', () => {
  const profile = macosProfile({ python, program: '/Applications/A.app/native', scratch: '/private/tmp/s' });
  const lines = profile.split('\n');
  const allowed = lines.filter((line) => line.startsWith('(allow'));

  test('denies what it does not name, network and new processes by name', () => {
    expect(lines.slice(0, 4)).toEqual(['(version 1)', '(deny default)', '(deny network*)', '(deny process-fork)']);
    expect(allowed.join('\n')).not.toMatch(/network|mach-lookup|process-fork|iokit|\(allow default|regex|\(subpath "\/"\)|system-/);
  });

  test('writes into the scratch folder alone', () => {
    const writing = allowed.filter((line) => line.includes('file-write'));
    expect(writing).toEqual(['(allow file-write-data (literal "/dev/null"))', '(allow file-read* file-write* (subpath "/private/tmp/s"))']);
    expect(lines.indexOf('(deny file-write-mode file-write-flags file-write-owner file-write-setugid)')).toBeGreaterThan(lines.indexOf(writing[1] as string));
  });

  test('reads Python, the packages and the system’s libraries; of the folders above them only that they are there', () => {
    const reading = [...allowed.filter((line) => line.startsWith('(allow file-read* ')).join('').matchAll(/\(subpath ("(?:[^"\\]|\\.)*")\)/g)].map(([, text]) => JSON.parse(text as string) as string);
    expect(reading.toSorted()).toEqual(['/Applications/A.app/native', '/Library/Frameworks/Python.framework/Versions/3.12/lib', '/Library/Frameworks/Python.framework/Versions/3.12/lib/python3.12', '/System/Library', '/System/Volumes/Preboot/Cryptexes/OS', '/Users/a "b"/packages', '/private/tmp/s', '/private/var/db/dyld', '/private/var/db/timezone', '/usr/lib', '/usr/share/zoneinfo'].toSorted());
    const metadata = allowed.find((line) => line.startsWith('(allow file-read-metadata'));
    expect(metadata).toContain('(literal "/Users")');
    expect(metadata).not.toContain('subpath');
  });

  test('is one expression a line: quotes and backslashes of paths are escaped, control characters refused', () => {
    for (const line of lines) {
      const code = line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
      expect(code).not.toContain('"');
      expect([...code].filter((c) => c === '(').length).toBe([...code].filter((c) => c === ')').length);
    }
    expect(profile).toContain(String.raw`(subpath "/Users/a \"b\"/packages")`);
    expect(() => macosProfile({ python, program: '/a\n(allow network*)', scratch: '/s' })).toThrow(RangeError);
  });

  test('the command line', () => {
    expect(macosCommand('(version 1)', ['python', 'x'])).toEqual(['/usr/bin/sandbox-exec', '-p', '(version 1)', 'python', 'x']);
  });
});

describe('the container of Windows', () => {
  const base = String.raw`C:\Python312`;
  const there: PrivatePython = { ...python, executable: String.raw`C:\Python312\python.exe`, basePrefix: base, standardLibrary: [String.raw`C:\Python312\Lib`], sitePackages: String.raw`C:\Users\a\python\Lib\site-packages` };
  const command = windowsCommand({ python: there, program: String.raw`C:\arft\native`, scratch: String.raw`C:\Temp\s`, limits: { cpuSeconds: 5 }, memoryBytes: 1 << 30 }, ['python.exe', 'x']);

  test('the command line: who may read and write what, and limits', () => {
    expect(command.slice(0, 5)).toEqual([there.executable, '-I', '-S', '-B', String.raw`C:\arft\native\contained.py`]);
    expect(command.slice(6)).toEqual(['python.exe', 'x']);
    expect(JSON.parse(command[5] as string)).toEqual({
      cpu_s: 10, memory_bytes: 1 << 30, readable: [base, String.raw`C:\Python312\Lib`, there.sitePackages, String.raw`C:\arft\native`], writable: [String.raw`C:\Temp\s`],
    });
  });

  test('structures are laid out as on 64-bit Windows; limits and grants', ({ skip }) => {
    if (spawnSync('python3', ['--version']).status !== 0) skip('there is no Python');
    const code = `
import ctypes, json, sys
sys.path.insert(0, ${JSON.stringify(path.join(import.meta.dirname, '../../../native/sandbox'))})
import contained as c
settings = json.loads(sys.argv[1])
limits = c.limits(settings)
names = ('BasicLimits', 'ExtendedLimits', 'SecurityCapabilities', 'StartupInfo', 'StartupInfoEx', 'ProcessInformation')
print(json.dumps({'sizes': {n: ctypes.sizeof(getattr(c, n)) for n in names},
  'offsets': [c.BasicLimits.flags.offset, c.BasicLimits.active_processes.offset, c.BasicLimits.affinity.offset, c.ExtendedLimits.process_memory.offset, c.StartupInfo.flags.offset, c.StartupInfo.input.offset, c.StartupInfoEx.attributes.offset, c.SecurityCapabilities.count.offset],
  'limits': [limits.basic.flags, limits.basic.process_time, limits.basic.active_processes, limits.process_memory], 'grants': c.grants(settings, 'S-1-15-2-1')}))`;
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', code, command[5] as string], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      // winnt.h and processthreadsapi.h, compiled for x64.
      sizes: { BasicLimits: 64, ExtendedLimits: 144, SecurityCapabilities: 24, StartupInfo: 104, StartupInfoEx: 112, ProcessInformation: 24 },
      offsets: [16, 40, 48, 112, 60, 80, 104, 16],
      limits: [0x2 | 0x8 | 0x100 | 0x400 | 0x2000, 100_000_000, 1, 1 << 30],
      grants: [base, String.raw`C:\Python312\Lib`, there.sitePackages, String.raw`C:\arft\native`].map((folder) => ['icacls', folder, '/grant:r', '*S-1-15-2-1:(OI)(CI)(RX)', '/Q'])
        .concat([['icacls', String.raw`C:\Temp\s`, '/grant:r', '*S-1-15-2-1:(OI)(CI)(M)', '/Q']]),
    });
  });
});
