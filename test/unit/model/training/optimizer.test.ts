import { describe, expect, test } from 'vitest';
import { AdamW, adamWDefaults } from '../../../../main/model/training/adamw.ts';
import { GradientSum, NonFiniteError, assertFiniteGradients, clipByGlobalNorm, globalNorm } from '../../../../main/model/training/gradients.ts';
import { learningRateAt } from '../../../../main/train/schedule.ts';

const only = (...values: readonly number[]) => new Map([['w', Float32Array.from(values)]]);

describe('AdamW', () => {
  test('the first step is the learning rate against the gradient’s sign, after the decay', () => {
    const parameters = only(1, -2, 4);
    new AdamW(parameters, { ...adamWDefaults, weightDecay: 0.5 }).step(only(0.3, -40, 0), 0.1);
    const [a, b, c] = parameters.get('w') as Float32Array;
    expect(a).toBeCloseTo(1 * 0.95 - 0.1, 6);
    expect(b).toBeCloseTo(-2 * 0.95 + 0.1, 6);
    expect(c).toBeCloseTo(4 * 0.95, 6);
  });

  test('the second step by hand', () => {
    const parameters = only(0);
    const optimizer = new AdamW(parameters, { beta1: 0.5, beta2: 0.75, epsilon: 1, weightDecay: 0 });
    optimizer.step(only(2), 1); // m 1, v 1; corrected 2 and 4: −2/(2 + 1)
    optimizer.step(only(4), 1); // m 2.5, v 4.75; corrected 2.5/0.75 and 4.75/0.4375
    expect(parameters.get('w')?.[0]).toBeCloseTo(-2 / 3 - 2.5 / 0.75 / (Math.sqrt(4.75 / 0.4375) + 1), 6);
  });

  test('spares from decay what it is told to', () => {
    const parameters = only(3);
    new AdamW(parameters, { ...adamWDefaults, weightDecay: 0.5 }, () => false).step(only(0), 0.1);
    expect(parameters.get('w')?.[0]).toBe(3);
  });

  test('continues from a state bit for bit', () => {
    const run = (restart: boolean): Float32Array => {
      const parameters = only(1, 2);
      let optimizer = new AdamW(parameters, adamWDefaults);
      for (let step = 0; step < 4; step++) {
        if (restart && step === 2) {
          const { state } = optimizer;
          optimizer = new AdamW(parameters, adamWDefaults);
          optimizer.restore(structuredClone(state));
        }
        optimizer.step(only(Math.sin(step), 1 / (step + 1)), 0.01);
      }
      return parameters.get('w') as Float32Array;
    };
    expect(run(true)).toEqual(run(false));
  });

  test('refuses a missing gradient and a state of another shape', () => {
    const optimizer = new AdamW(only(1, 2), adamWDefaults);
    expect(() => optimizer.step(new Map(), 1)).toThrow('gradient of w: expected 2 numbers, found none');
    expect(() => optimizer.restore({ steps: 1, moments: new Map() })).toThrow('optimizer state of w');
  });
});

describe('gradients', () => {
  test('are clipped by the norm over all parameters', () => {
    const gradients = new Map([['a', Float32Array.of(3)], ['b', Float32Array.of(0, 4)]]);
    expect(clipByGlobalNorm(gradients, 10)).toBe(5);
    expect(globalNorm(gradients)).toBe(5);
    expect(clipByGlobalNorm(gradients, 1)).toBe(5);
    expect(globalNorm(gradients)).toBeCloseTo(1, 5);
    expect(gradients.get('b')?.[1]).toBeCloseTo(0.8, 5);
  });

  test('are added up', () => {
    const sum = new GradientSum();
    const first = only(1, 2);
    sum.add(first);
    sum.add(only(10, 20));
    expect([...(sum.total.get('w') as Float32Array)]).toEqual([11, 22]);
    expect([...(first.get('w') as Float32Array)]).toEqual([1, 2]);
  });

  test('that are not numbers are named', () => {
    expect(() => assertFiniteGradients(new Map([['a', Float32Array.of(1)], ['b', Float32Array.of(0, NaN)]]))).toThrow(NonFiniteError);
    expect(() => assertFiniteGradients(only(0, Infinity))).toThrow('the gradient of w is Infinity at element 1');
  });
});

describe('schedules', () => {
  const at = (name: 'constant' | 'linear' | 'cosine', warmupSteps: number) => Array.from({ length: 6 }, (_, step) => learningRateAt({ name, learningRate: 8, warmupSteps, steps: 6 }, step));

  test('by hand, with warm-up', () => {
    expect(at('constant', 2)).toEqual([0, 4, 8, 8, 8, 8]);
    expect(at('linear', 2)).toEqual([0, 4, 8, 6, 4, 2]);
    const cosine = at('cosine', 2);
    expect(cosine.slice(0, 3)).toEqual([0, 4, 8]);
    expect(cosine[3]).toBeCloseTo(4 + 4 * Math.SQRT1_2, 12);
    expect(cosine[4]).toBeCloseTo(4, 12);
  });

  test('without warm-up the first step has the whole rate; beyond the last step it stays at 0', () => {
    expect(at('linear', 0)[0]).toBe(8);
    expect(learningRateAt({ name: 'cosine', learningRate: 8, warmupSteps: 0, steps: 6 }, 9)).toBe(0);
    expect(learningRateAt({ name: 'linear', learningRate: 8, warmupSteps: 3, steps: 3 }, 2)).toBeCloseTo(16 / 3, 12);
  });
});
