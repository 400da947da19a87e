import { afterEach, expect, it, vi } from 'vitest';
import { Terminal, visible } from '../../../main/cli/terminal.ts';

const { isTTY } = process.stdout;
afterEach(() => {
  vi.restoreAllMocks();
  process.stdout.isTTY = isTTY;
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
