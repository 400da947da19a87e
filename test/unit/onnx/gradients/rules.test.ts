import { describe, expect, test } from 'vitest';
import { gradientRules } from '../../../../main/onnx/gradients/table.ts';
import { RandomInputs } from '../random-inputs.ts';
import { gradientCases } from './cases.ts';
import type { RuleCases } from './elementwise-cases.ts';
import { type Comparison, compareGradient } from './finite-differences.ts';

const rounds = 16;

async function comparisons({ random: make, edges }: RuleCases): Promise<readonly Comparison[]> {
  const all: Comparison[] = [];
  for (let seed = 0; seed < rounds; seed++) {
    const random = new RandomInputs(seed);
    all.push(await compareGradient(make(random), random));
  }
  for (const shapes of edges?.shapes ?? []) {
    const random = new RandomInputs(rounds);
    const symbolic = shapes.map((shape) => random.symbolic(shape));
    for (const form of [shapes, symbolic]) if (edges) all.push(await compareGradient(edges.of(form), random));
  }
  return all;
}

describe('the gradient of an operator is its finite difference', () => {
  test.each(Object.keys(gradientRules) as (keyof typeof gradientRules)[])('%s', async (op) => {
    const found = await comparisons(gradientCases[op]);
    // The differences are exact to about 1e-9; float32 operators and rounding casts to 1e-6.
    const tolerance = ['Erf', 'Gelu', 'Cast', 'QuickGelu', 'RotaryEmbedding'].includes(op) ? 1e-5 : 1e-7;
    expect(found.filter(({ worst }) => worst > tolerance)).toEqual([]);
    // Not all of them empty, or flat.
    expect(found.reduce((n, { elements }) => n + elements, 0)).toBeGreaterThan(50);
    expect(Math.max(...found.map(({ largest }) => largest))).toBeGreaterThan(0.1);
  });
});
