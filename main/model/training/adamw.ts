import type { Gradients } from './gradients.ts';

export type AdamWSettings = {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Share of a weight that a step of learning rate 1 takes away. */
  readonly weightDecay: number;
};

export const adamWDefaults: AdamWSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 };

/** What a checkpoint has to keep besides the parameters. */
export type AdamWState = {
  /** Steps taken. */
  readonly steps: number;
  /** Running means of each gradient and of its square, by parameter. */
  readonly moments: ReadonlyMap<string, { readonly first: Float32Array; readonly second: Float32Array }>;
};

/** AdamW with decoupled weight decay (arXiv 1711.05101, algorithm 2). Parameters are changed in place. */
export class AdamW {
  readonly #parameters: ReadonlyMap<string, Float32Array>;
  readonly #settings: AdamWSettings;
  readonly #decays: (name: string) => boolean;
  #state: AdamWState;

  /** `decays` says which parameters weight decay takes from; all where left out. */
  constructor(parameters: ReadonlyMap<string, Float32Array>, settings: AdamWSettings, decays: (name: string) => boolean = () => true) {
    this.#parameters = parameters;
    this.#settings = settings;
    this.#decays = decays;
    this.#state = { steps: 0, moments: new Map([...parameters].map(([name, { length }]) => [name, { first: new Float32Array(length), second: new Float32Array(length) }])) };
  }

  get state(): AdamWState {
    return this.#state;
  }

  /** Continues from a checkpoint. */
  restore(state: AdamWState): void {
    for (const [name, { length }] of this.#parameters) {
      const found = state.moments.get(name);
      if (found?.first.length !== length || found.second.length !== length) throw new Error(`optimizer state of ${name}: expected ${length} numbers, found ${found?.first.length ?? 'none'}`);
    }
    this.#state = state;
  }

  /** One step. A parameter without a gradient is an error: it would stay behind unseen. */
  step(gradients: Gradients, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings;
    const steps = this.#state.steps + 1;
    const stepSize = learningRate / (1 - beta1 ** steps);
    const correction = Math.sqrt(1 - beta2 ** steps);
    for (const [name, values] of this.#parameters) {
      const gradient = gradients.get(name);
      if (gradient?.length !== values.length) throw new Error(`gradient of ${name}: expected ${values.length} numbers, found ${gradient?.length ?? 'none'}`);
      const { first, second } = this.#state.moments.get(name)!;
      const kept = this.#decays(name) ? 1 - learningRate * weightDecay : 1;
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i]!;
        const m = (first[i] = beta1 * first[i]! + (1 - beta1) * g);
        const v = (second[i] = beta2 * second[i]! + (1 - beta2) * g * g);
        values[i] = values[i]! * kept - (stepSize * m) / (Math.sqrt(v) / correction + epsilon);
      }
    }
    this.#state = { steps, moments: this.#state.moments };
  }
}
