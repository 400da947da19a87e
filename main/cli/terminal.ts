import { InputError } from '../records/input-error.ts';

/** Exit statuses: done, failed, wrong use, interrupted (128 + SIGINT). */
export const exit = { done: 0, failed: 1, wrongUse: 2, interrupted: 130 } as const;

/** A command was called in a way that it does not understand: exit status 2. */
export class UsageError extends Error {}

/**
 * Text from outside as a terminal may show it: control characters, which could colour, move or clear, and those that turn
 * the direction of writing, are pictured instead.
 */
export const visible = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, pictured);

function pictured(character: string): string {
  if (character === '\n' || character === '\t') return character;
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '\u2421' : '\uFFFD';
}

/** Where a command speaks: one result on stdout, everything else on stderr. */
export class Terminal {
  readonly json: boolean;
  #progressShown = false;

  constructor(json: boolean) {
    this.json = json;
  }

  /** The command's result: with --json one document, else the text. */
  result(document: unknown, text: string): void {
    this.#clearProgress();
    process.stdout.write(this.json ? `${JSON.stringify(document)}\n` : text.endsWith('\n') ? text : `${text}\n`);
  }

  /** A piece of a model's text as it comes, to the letter where it goes into a file; nothing with --json. */
  stream(text: string): void {
    if (this.json) return;
    this.#clearProgress();
    process.stdout.write(process.stdout.isTTY ? visible(text) : text);
  }

  log(message: string): void {
    this.#clearProgress();
    process.stderr.write(`${message}\n`);
  }

  /** A line that is drawn over and over, where stderr is a terminal that can: in one that it is too long for, each would stay. */
  progress(label: string, done: number, total: number): void {
    if (!process.stderr.isTTY || process.env['TERM'] === 'dumb') return;
    const counts = ` ${done}/${total}`;
    // Of 0 columns where nobody told how many; one stays free, where the cursor stands.
    const room = Math.max(0, (process.stderr.columns || 80) - 1 - counts.length);
    const width = Math.min(24, Math.max(0, room - label.length - 1));
    const filled = Math.min(width, Math.round((width * done) / Math.max(1, total)));
    const bar = width === 0 ? '' : ` ${'█'.repeat(filled)}${'░'.repeat(width - filled)}`;
    process.stderr.write(`\r\u001B[K${label.slice(0, room)}${bar}${counts}`);
    this.#progressShown = true;
    if (done >= total) this.#clearProgress();
  }

  /** Tells what went wrong and returns the exit status for it. */
  failure(error: unknown): number {
    this.#clearProgress();
    const message = error instanceof Error ? error.message : String(error);
    if (this.json) {
      const parts = error instanceof InputError ? error.expectation : {};
      process.stdout.write(`${JSON.stringify({ error: { message, ...parts } })}\n`);
    } else if (error instanceof InputError) {
      const { thing, expected, found, remedy } = error.expectation;
      this.log(`${thing}\n  expected  ${expected}\n  found     ${found}\n  ${remedy}`);
    } else {
      this.log(message);
    }
    if (!(error instanceof InputError) && !(error instanceof UsageError) && error instanceof Error && process.env['ARFT_DEBUG']) this.log(error.stack ?? '');
    return error instanceof UsageError ? exit.wrongUse : exit.failed;
  }

  #clearProgress(): void {
    if (this.#progressShown) process.stderr.write('\r\u001B[K');
    this.#progressShown = false;
  }
}
