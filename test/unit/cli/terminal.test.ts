import { afterEach, expect, it, vi } from 'vitest';
import { Terminal, visible } from '../../../main/cli/terminal.ts';

const { isTTY } = process.stdout;
const { isTTY: isTTYBelow, columns } = process.stderr;
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.stdout.isTTY = isTTY;
  Object.assign(process.stderr, { isTTY: isTTYBelow, columns });
});

it.each([['a terminal', true, 'red ␛[31m\n'], ['a file', false, 'red \u001B[31m\n']])('a model’s text on %s', (_, terminal, shown) => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  process.stdout.isTTY = terminal;
  new Terminal(false).stream('red \u001B[31m\n');
  new Terminal(true).stream('not with --json');
  expect(write.mock.calls).toEqual([[shown]]);
});

it('what could colour, move, clear or turn is pictured; lines and tabs stay', () => {
  expect(visible('a\tb\r\nc\rd\u0007\u007F\u009B\u202Ee')).toBe('a\tb\nc␍d␇␡\uFFFD\uFFFDe');
});

it.each([
  [0, 'xterm', ['items, 3 min left ██████░░░░░░░░░░░░░░░░░░ 1/4']],
  [80, 'xterm', ['items, 3 min left ██████░░░░░░░░░░░░░░░░░░ 1/4']],
  [40, 'xterm', ['items, 3 min left ████░░░░░░░░░░░░░ 1/4']],
  [16, 'xterm', ['items, 3 mi 1/4']],
  [80, 'dumb', []],
])('how far it is takes one line of %i columns of %s', (width, term, lines) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  Object.assign(process.stderr, { isTTY: true, columns: width });
  vi.stubEnv('TERM', term);
  new Terminal(false).progress('items, 3 min left', 1, 4);
  expect(write.mock.calls).toEqual(lines.map((line) => [`\r\u001B[K${line}`]));
});
