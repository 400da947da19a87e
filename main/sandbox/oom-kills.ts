import { readFileSync } from 'node:fs';

/**
 * Whether the kernel killed for lack of memory. A SIGKILL does not say who sent it: a job in L2 or L3 can send it to
 * itself. What the kernel counts is every process of the machine, so another's end in between is taken for the job's.
 */
export class OomKills {
  readonly #file: string;
  #known: number | undefined;

  constructor(file = '/proc/vmstat') {
    this.#file = file;
    this.#known = this.#count();
  }

  /** Since this was last asked, or made. True also where it is not counted (before Linux 4.13): more often than not it was that. */
  happened(): boolean {
    const [before, now] = [this.#known, this.#count()];
    this.#known = now;
    return before === undefined || now === undefined || now > before;
  }

  #count(): number | undefined {
    try {
      const found = /^oom_kill (\d+)$/m.exec(readFileSync(this.#file, 'utf8'))?.[1];
      return found === undefined ? undefined : Number(found);
    } catch {
      return undefined;
    }
  }
}
