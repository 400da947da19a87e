import type { SharedPrefix } from '../model/language-model.ts';
import { symbol } from '../onnx/dim.ts';
import { GraphBuilder } from '../onnx/builder.ts';
import type { Program, Runtime } from '../runtime/session.ts';
import type { DeviceTensor, Tensor } from '../runtime/tensor.ts';
import type { PrefixCache } from './key-value-cache.ts';

/** Keys and values of the prompts that a decoding batch attends to, on the device: each is brought over once, when a batch first has it. */
export class DeviceCaches {
  readonly #runtime: Runtime;
  readonly #prefixes = new Map<PrefixCache, Resident>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** The prefixes of the next run; those that it does not have leave the device. */
  async prefixes(wanted: readonly PrefixCache[]): Promise<readonly SharedPrefix[]> {
    for (const [prefix, resident] of this.#prefixes) if (!wanted.includes(prefix)) this.#leave(prefix, resident);
    for (const prefix of wanted) if (prefix.length > 0 && !this.#prefixes.has(prefix)) await this.#bring(prefix);
    return wanted.map((prefix) => ({ length: prefix.length, ...(this.#prefixes.get(prefix) ?? prefix) }));
  }

  release(): void {
    for (const [prefix, resident] of this.#prefixes) this.#leave(prefix, resident);
  }

  async #bring(prefix: PrefixCache): Promise<void> {
    const resident: Resident = { keys: [], values: [] };
    // Known from the start: what came over before a failure leaves with the others.
    this.#prefixes.set(prefix, resident);
    const copy = await copyProgram(this.#runtime);
    for (const part of ['keys', 'values'] as const) for (const tensor of prefix[part]) resident[part].push(await runOne(copy, { x: tensor }));
  }

  #leave(prefix: PrefixCache, { keys, values }: Resident): void {
    this.#prefixes.delete(prefix);
    for (const tensor of [...keys, ...values]) tensor.release();
  }
}

type Resident = { readonly keys: DeviceTensor[]; readonly values: DeviceTensor[] };

/** x [any three axes] as it is, on the device. */
function copyProgram(runtime: Runtime): Promise<Program> {
  const g = new GraphBuilder('copy to the device');
  g.output('y', g.input('x', 'float32', ['A', 'B', 'C'].map(symbol)));
  return runtime.program(g.build(), { onDevice: ['y'] });
}

async function runOne(program: Program, feeds: Readonly<Record<string, Tensor>>): Promise<DeviceTensor> {
  const { y } = await program.run(feeds);
  if (y?.kind !== 'device') throw new Error('the provider left no tensor on its device');
  return y;
}
