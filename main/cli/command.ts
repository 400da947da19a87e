import { Command, InvalidArgumentError, Option } from 'commander';
import type { Terminal } from './terminal.ts';

/** What a command gets besides its own options. */
export type Call = { readonly terminal: Terminal; readonly signal: AbortSignal };

/** A command of `arft`; the action's result is the exit status, 0 where it has none. */
export type CommandSetup = (run: (action: (call: Call) => Promise<number | void>, json: boolean) => Promise<void>) => Command;

export const jsonOption = (): Option => new Option('--json', 'print one JSON document on stdout and nothing else there').default(false);

/** Parses a whole number not below `least`. */
export const integer = (least: number) => (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new InvalidArgumentError(`expected a whole number from ${least}`);
  return number;
};

/** Parses a number in [least, most]. */
export const number = (least: number, most = Number.POSITIVE_INFINITY) => (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value) || value < least || value > most) {
    throw new InvalidArgumentError(`expected a number from ${least}${most === Number.POSITIVE_INFINITY ? '' : ` to ${most}`}`);
  }
  return value;
};

export const examples = (...lines: readonly string[]): string => `\nExamples:\n${lines.map((line) => `  npm run -s arft -- ${line}`).join('\n')}`;
