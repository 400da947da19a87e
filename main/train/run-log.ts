import { appendFileSync, existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { LineFile } from '../lines.ts';
import { flushFile } from '../model/folder/flush.ts';
import { parseJson } from '../records/parse-json.ts';
import type { RunEvent } from '../records/run-events.ts';
import { readLogLine } from './log-line.ts';

/** A run's log.jsonl: one event a line. It may be absent, and longer than memory or a text holds. */
export class RunLog {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  append(event: RunEvent): void {
    appendFileSync(this.#file, `${JSON.stringify(event)}\n`);
  }

  /** Its whole lines, one after another. One that cannot be read is left out, and told to `onUnread`. */
  *events(onUnread: () => void = () => {}): Generator<RunEvent> {
    if (!existsSync(this.#file)) return;
    const lines = new LineFile(this.#file);
    try {
      for (const { text } of lines.from(0)) {
        const event = readLogLine(text);
        if (event) yield event;
        else onUnread();
      }
    } finally {
      lines.close();
    }
  }

  /** Its bytes, all of them on the disk by then: a checkpoint names so many, and they must not be lost after it. */
  syncedBytes(): number {
    if (!existsSync(this.#file)) return 0;
    flushFile(this.#file);
    return statSync(this.#file).size;
  }

  /**
   * Cuts it back to a checkpoint, or to nothing: what came after is done again. That the checkpoint was made stays.
   * @param to its steps that are done, and the bytes of the log that belong to them.
   * @returns the bytes of steps that are done which it lacks.
   */
  cutBack(to: { readonly step: number; readonly logBytes: number } | undefined): number {
    if (!to) {
      rmSync(this.#file, { force: true });
      return 0;
    }
    const { logBytes, step } = to;
    if (!existsSync(this.#file)) return logBytes;
    const log = new LineFile(this.#file);
    try {
      const { size } = log;
      if (size < logBytes) {
        // What comes next is not glued to half a line.
        if (size > 0 && log.read(size - 1, 1) !== '\n') appendFileSync(this.#file, '\n');
        return logBytes - size;
      }
      const line = log.from(logBytes).next().value;
      const event = parseJson(line?.text ?? '') as Partial<RunEvent> | undefined;
      const end = logBytes + (line && event?.kind === 'checkpoint' && event.step === step ? line.length : 0);
      if (size > end) truncateSync(this.#file, end);
      return 0;
    } finally {
      log.close();
    }
  }
}
