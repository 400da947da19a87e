import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Settings } from '../../store/settings.ts';

const kept = z.strictObject({
  title: z.string(),
  examples: z.array(z.strictObject({ title: z.string(), asked: z.string() })),
  idleSeconds: z.number(),
  live: z.boolean(),
  /** Salt and hash of the pin, in hexadecimal digits. */
  pin: z.strictObject({ salt: z.string(), hash: z.string() }).nullable(),
});

type Kept = z.infer<typeof kept>;
export type DemoSettings = Omit<Kept, 'pin'>;

const key = 'demo';
const none: Kept = { title: '', examples: [], idleSeconds: 60, live: false, pin: null };

/** Wrong pins are free for this many, then each doubles the wait. */
const freeTries = 3;
const mostWaitSeconds = 300;

const hashOf = (pin: string, salt: string): Buffer => scryptSync(pin, salt, 32);

/** The stand's settings, and the pin that leads out of demo mode. It keeps passers-by out, not somebody with the disk. */
export class Demo {
  readonly #settings: Settings;
  #wrong = 0;
  #waitUntil = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get(): DemoSettings & { readonly locked: boolean } {
    const { pin, ...demo } = this.#settings.get(key, kept, none);
    return { ...demo, locked: pin !== null };
  }

  /** @param pin null leaves it as it is, '' takes it away. */
  set(demo: DemoSettings, pin: string | null): void {
    const before = this.#settings.get(key, kept, none).pin;
    const salt = randomBytes(16).toString('hex');
    this.#settings.set(key, { ...demo, pin: pin === null ? before : pin === '' ? null : { salt, hash: hashOf(pin, salt).toString('hex') } } satisfies Kept);
  }

  unlock(given: string, now = performance.now()): { readonly right: boolean; readonly waitSeconds: number } {
    const waitSeconds = Math.max(0, Math.ceil((this.#waitUntil - now) / 1000));
    if (waitSeconds > 0) return { right: false, waitSeconds };
    const { pin } = this.#settings.get(key, kept, none);
    if (pin === null || timingSafeEqual(hashOf(given, pin.salt), Buffer.from(pin.hash, 'hex'))) {
      this.#wrong = 0;
      return { right: true, waitSeconds: 0 };
    }
    this.#wrong += 1;
    const wait = this.#wrong < freeTries ? 0 : Math.min(mostWaitSeconds, 2 ** (this.#wrong - freeTries + 1));
    this.#waitUntil = now + 1000 * wait;
    return { right: false, waitSeconds: wait };
  }
}
