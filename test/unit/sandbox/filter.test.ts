import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const program = path.join(import.meta.dirname, '../../../native/sandbox');

function python(code: string): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', `import sys; sys.path.insert(0, ${JSON.stringify(program)})\n${code}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const linux = process.platform === 'linux' && spawnSync('python3', ['--version']).status === 0;
const headers = { x86_64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h', aarch64: '/usr/include/asm-generic/unistd.h' } as const;

/** The kernel's own numbers; a few newer ones may be unknown to the headers of this machine. */
function numbersOf(file: string): ReadonlyMap<string, number> {
  const found = [...readFileSync(file, 'utf8').matchAll(/#define __NR(?:3264)?_(\w+)\s+(\d+)/g)].map(([, name, number]) => [name as string, Number(number)] as const);
  const numbers = new Map(found);
  // On 64-bit machines this is the name that the generic header gives a number of both kinds.
  const newfstatat = numbers.get('fstatat');
  if (newfstatat !== undefined) numbers.set('newfstatat', newfstatat);
  return numbers;
}

describe.skipIf(!linux)('the filter', () => {
  test.for(['x86_64', 'aarch64'] as const)('numbers of %s are the kernel’s', (machine, { skip }) => {
    if (!existsSync(headers[machine])) skip(`${headers[machine]} is not there`);
    const table = JSON.parse(python(`import json, syscalls_${machine} as s; print(json.dumps(s.NUMBERS))`)) as Record<string, number>;
    const kernel = numbersOf(headers[machine]);
    const compared = Object.entries(table).filter(([name]) => kernel.has(name));
    expect(compared.length).toBeGreaterThan(180);
    for (const [name, number] of compared) expect([name, number]).toEqual([name, kernel.get(name)]);
    expect(Object.keys(table).length - compared.length).toBeLessThanOrEqual(4);
  });

  test('every name in the rules is a system call, and none is in two tables', () => {
    const { rules, known } = JSON.parse(python(`
import json, seccomp_filter as f
rules = f.ALLOWED + f.PRETENDED + f.ABSENT + f.UNSUPPORTED + f.REFUSED_FOR_NOW + f.DEADLY + list(f.conditions(1, 5))
print(json.dumps({'rules': rules, 'known': sorted(set(f.syscalls_x86_64.NUMBERS) | set(f.syscalls_aarch64.NUMBERS))}))`)) as { rules: string[]; known: string[] };
    expect(rules.filter((name) => !known.includes(name))).toEqual([]);
    expect(rules.filter((name, i) => rules.indexOf(name) !== i)).toEqual([]);
  });

  // An interpreter of classic BPF beside the kernel's: what each call gets.
  const decide = (machine: string, calls: readonly (readonly [string | number, ...number[]])[]): readonly string[] =>
    JSON.parse(python(`
import json, struct, seccomp_filter as f
table = f.ARCHITECTURES['${machine}']
program = [struct.unpack('<HBBI', f.assemble(77, 5, '${machine}')[i:i + 8]) for i in range(0, len(f.assemble(77, 5, '${machine}')), 8)]
def run(number, arguments, arch):
    data = struct.pack('<iIQ6Q', number, arch, 0, *(arguments + [0] * 6)[:6])
    at, a = 0, 0
    while True:
        code, jt, jf, k = program[at]
        at += 1
        if code == 0x20: a = struct.unpack_from('<I', data, k)[0]
        elif code == 0x54: a &= k
        elif code == 0x05: at += k
        elif code == 0x06: return {0x7fff0000: 'allow', 0x80000000: 'kill'}.get(k, 'errno %d' % (k & 0xffff))
        else: at += jt if {0x15: a == k, 0x35: a >= k, 0x45: a & k != 0}[code] else jf
print(json.dumps([run(table.NUMBERS[c[0]] if isinstance(c[0], str) else c[0], c[1:], table.AUDIT_ARCH) for c in json.loads(${JSON.stringify(JSON.stringify(calls))})] + [run(0, [], 0x40000003)]))`)) as string[];

  test.each(['x86_64', 'aarch64'])('every number of %s gets the answer of its table, and others are refused', (machine) => {
    const tables = JSON.parse(python(`
import json, seccomp_filter as f
print(json.dumps({'numbers': f.ARCHITECTURES['${machine}'].NUMBERS, 'allowed': f.ALLOWED, 'pretended': f.PRETENDED, 'absent': f.ABSENT, 'unsupported': f.UNSUPPORTED, 'later': f.REFUSED_FOR_NOW, 'deadly': f.DEADLY, 'checked': list(f.conditions(77, 5))}))`)) as { numbers: Record<string, number> } & Record<'allowed' | 'pretended' | 'absent' | 'unsupported' | 'later' | 'deadly' | 'checked', string[]>;
    const names = new Map(Object.entries(tables.numbers).map(([name, number]) => [number, name]));
    const numbers = [...Array(600).keys(), 0x3fffffff].filter((number) => !tables.checked.includes(names.get(number) ?? ''));
    const expected = numbers.map((number) => {
      const name = names.get(number) ?? '';
      if (tables.allowed.includes(name)) return 'allow';
      if (tables.deadly.includes(name)) return 'kill';
      return tables.pretended.includes(name) ? 'errno 0' : tables.absent.includes(name) ? 'errno 38' : tables.unsupported.includes(name) ? 'errno 95' : tables.later.includes(name) ? 'errno 11' : 'errno 1';
    });
    expect(numbers.length).toBeGreaterThan(580);
    expect(decide(machine, numbers.map((number) => [number])).slice(0, -1)).toEqual(expected);
  });

  test.each(['x86_64', 'aarch64'])('decides by name and argument on %s', (machine) => {
    const calls: readonly (readonly [string | number, ...number[]])[] = [
      ['read'], ['socket', 1], ['ptrace'], ['clone', 0x11], ['clone3'], ['fchmodat'], ['execve'], ['llistxattr'], ['fsetxattr'], [9999], [0x40000001],
      ['mmap', 0, 4096, 3, 0x22], ['mmap', 0, 4096, 5, 2], ['mmap', 0, 4096, 3, 0x40022], ['mprotect', 0, 4096, 7], ['mprotect', 0, 4096, 3],
      ['openat', 0, 0, 0], ['openat', 0, 0, 0o1101], ['openat', 0, 0, 0o1000], ['openat', 0, 0, 0o20200002],
      ['tgkill', 77, 1, 9], ['tgkill', 78, 1, 9], ['prlimit64', 0, 7, 0], ['prlimit64', 0, 7, 4096], ['prlimit64', 0, 7, 2 ** 40], ['prlimit64', 1, 7, 0],
      ['fcntl', 1, 1031], ['fcntl', 1, 3], ['ioctl', 0, 0x5412], ['prctl', 22], ['recvmsg', 5], ['recvmsg', 6], ['madvise', 0, 0, 12],
    ];
    expect(decide(machine, calls)).toEqual([
      'allow', 'errno 1', 'kill', 'errno 11', 'errno 38', 'errno 0', 'errno 1', 'errno 95', 'errno 95', 'errno 1', 'kill',
      'allow', 'errno 1', 'errno 1', 'errno 1', 'allow',
      'allow', 'allow', 'errno 1', 'errno 95',
      'allow', 'errno 1', 'allow', 'errno 1', 'errno 1', 'errno 1',
      'errno 1', 'allow', 'errno 1', 'errno 1', 'allow', 'errno 1', 'errno 1',
      'kill', // the architecture of 32-bit x86
    ]);
  });
});
