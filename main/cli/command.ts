import { Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a command gets besides its own options. */
export type Call = { readonly terminal: Terminal; readonly signal: AbortSignal };

/** A command of `arft`; the action's result is the exit status, 0 where it has none. */
export type CommandSetup = (run: (action: (call: Call) => Promise<number | void>, json: boolean) => Promise<void>) => Command;

export const jsonOption = (): Option => new Option('--json', 'print one JSON document on stdout and nothing else there').default(false);

// A number has an upper bound wherever it is asked for: what a timer, a limit of the system or a generator of random
// numbers cannot hold would fail later, or be taken for another number.

/** Parses a whole number in [least, most]. */
export const integer = (least: number, most: number) => (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  return value;
};

/** Parses a seed: random numbers are drawn from 32 bits of it. */
export const seedNumber = integer(0, 2 ** 32 - 1);

/** Parses a number in [least, most]. */
export const number = (least: number, most: number) => (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value) || value < least || value > most) throw new InvalidArgumentError(`expected a number from ${least} to ${most}`);
  return value;
};

/** Parses a text that says something. */
export const someText = (text: string): string => {
  if (text.trim() === '') throw new InvalidArgumentError('expected a text that is not empty');
  return text;
};

export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  npm run -s arft -- ${line}`).join('\n')}`;
