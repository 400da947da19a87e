import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CodeResult } from '../../../main/records/tools.ts';
import { tiers } from '../../../main/sandbox/tiers.ts';
import { png } from './corners.ts';
import { poolOf, testPython } from './host.ts';

// A job is killed upon its word that it is done; what Python would do at its end is to have happened by then.

const python = await testPython();
const encoded = `import io, os, sys\nencoded = cv2.imencode('.png', np.zeros((3, 5, 3), np.uint8))[1].tobytes()\n`;

describe.each(tiers)('the end of a job in %s', (tier) => {
  const poolHere = poolOf(python, tier);
  const run = (skip: (reason: string) => void, code: string): Promise<CodeResult> => poolHere(skip).run({ code, image: png });

  test.for([
    ['in a variable', `f = open('o.png', 'wb')\nf.write(encoded)`],
    ['by a descriptor', `f = os.fdopen(os.open('o.png', os.O_WRONLY | os.O_CREAT), 'wb')\nf.write(encoded)`],
    ['to read and write', `f = open('o.png', 'w+b')\nf.write(encoded)`],
    ['as text', `f = open('o.png', 'w', encoding='latin1', newline='')\nf.write(encoded.decode('latin1'))`],
    ['in an object', `class Keeper: pass\nkeeper = Keeper()\nkeeper.files = {'o': open('o.png', 'wb')}\nkeeper.files['o'].write(encoded)`],
    ['in a generator', `def write():\n    with open('o.png', 'wb') as f:\n        f.write(encoded)\n        yield\nwriter = write()\nnext(writer)`],
    ['in a cycle that nothing reaches', `class Keeper: pass\nkeeper = Keeper()\nkeeper.me, keeper.f = keeper, open('o.png', 'wb')\nkeeper.f.write(encoded)\ndel keeper`],
    ['after one that was closed later', `first = open('first', 'w')\nf = [open('o.png', 'wb')]\nf[0].write(encoded)\nfirst.close()`],
    ['by code that failed', `f = open('o.png', 'wb')\nf.write(encoded)\nsys.exit(2)`],
  ] as const)('a picture in a file left open %s comes back', async ([, code], { skip }) => {
    const { outputs, stderr } = await run(skip, encoded + code);
    expect(outputs.map(({ name, image }) => `${name} ${image.width}×${image.height}`), stderr).toEqual(['o.png 5×3']);
    expect(stderr).toBe('');
  });

  test('a file that cannot take its last bytes is named, and the others come back', async ({ skip }) => {
    const { status, stderr, outputs } = await run(skip, `${encoded}class Full(io.RawIOBase):\n    def writable(self): return True\n    def write(self, data): raise OSError(28, 'No space left on device')\nfull = io.BufferedWriter(Full())\nfull.write(b'x')\nf = open('o.png', 'wb')\nf.write(encoded)\ngone = io.TextIOWrapper(io.BytesIO())\ngone.detach()`);
    expect([status, stderr]).toEqual(['ok', 'a file: not written to its end: [Errno 28] No space left on device\n']);
    expect(outputs.map(({ name }) => name)).toEqual(['o.png']);
  });

  test('handlers of the end run, last first; what they print, raise and write is there', async ({ skip }) => {
    const { status, stdout, stderr, outputs } = await run(skip, `import atexit, logging.handlers\natexit.register(lambda: image.save('late.png'))\natexit.register(print, 'one')\n@atexit.register\ndef broken(): raise ValueError('too late')\natexit.register(print, 'two')\nlogger = logging.getLogger('kept')\nlogger.addHandler(logging.handlers.MemoryHandler(100, target=logging.StreamHandler()))\nlogger.warning('kept back')\nprint('code')`);
    expect([status, stdout]).toEqual(['ok', 'code\ntwo\none\n']);
    expect(stderr).toMatch(/^Exception ignored in atexit callback.*\nTraceback[^]*\nValueError: too late\nkept back\n$/);
    expect(outputs.map(({ name }) => name)).toEqual(['late.png']);
  });

  test.for([
    ['stdout', `sys.stdout = io.StringIO()\nprint('elsewhere')`],
    ['stdout', `sys.stdout = None`],
    ['stdout', `sys.stdout = 7`],
    ['stdout', `del sys.stdout`],
    ['stdout', `sys.stdout = io.TextIOWrapper(sys.stdout.buffer)`],
    ['stderr', `sys.stderr = io.StringIO()`],
    ['stderr', `sys.stdout = sys.stderr = None`],
  ] as const)('what was printed to %s comes before %j', async ([stream, code], { skip }) => {
    const result = await run(skip, `import io, sys\nprint('abc', end='', file=sys.${stream})\n${code}`);
    expect(result).toMatchObject({ status: 'ok', stdout: '', stderr: '', [stream]: 'abc' });
  });

  test.for([
    ['exit()', 'ok', ''], ['quit()', 'ok', ''], ['exit(3)', 'exit 3', ''], ['quit(code=4)', 'exit 4', ''], [`exit('sorry')`, 'exit 1', 'sorry\n'],
    ['def f(): quit(5)\nf()', 'exit 5', ''], ['import builtins\nbuiltins.exit(6)', 'exit 6', ''],
  ] as const)('%s', async ([code, status, stderr], { skip }) => {
    expect(await run(skip, `${code}\nprint('not any more')`)).toMatchObject({ status, stdout: '', stderr });
  });

  // The first process of a namespace, which a job in L1 is, ignores what it sends itself.
  test.for([['SIGXCPU', 24], ['SIGKILL', 9], ['SIGTERM', 15]] as const)('%s that a job sends itself is no want of memory', async ([name, number], { skip }) => {
    if (!/^oom_kill /m.test(readFileSync('/proc/vmstat', 'utf8'))) skip('this kernel does not count whom it kills');
    const { status, stdout } = await run(skip, `import signal\nsignal.raise_signal(signal.${name})\nprint('alive')`);
    expect([status, stdout]).toEqual(tier === 'L1' ? ['ok', 'alive\n'] : [`signal ${number}`, '']);
  });
});
