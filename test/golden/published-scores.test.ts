import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../main/evaluate/benchmarks.ts';
import { readPredictions } from '../../main/evaluate/predictions.ts';
import { scorePredictions } from '../../main/evaluate/score.ts';

// Predictions of the released 3B models are for research only and not part of this repository: looked for beside it.
const folder = path.join(import.meta.dirname, '../../../shared/data/mat-predictions');

describe.skipIf(!existsSync(folder))('the published figures (skipped where ../shared/data is not there)', () => {
  it.each([
    ['mat-coding', { all: [35.9, 22.5], simple: [49.78, 40], hard: [28.42, 13.08] }],
    ['mat-search', { all: [53.7, 46], simple: [59.64, 54.67], hard: [47.75, 37.33] }],
    ['bamboogle', { all: [49.01, 38.4] }],
    ['musique', { all: [19.1, 11.58] }],
  ])('%s', async (name, figures) => {
    const benchmark = benchmarks.find((each) => each.name === name);
    if (!benchmark) throw new Error(name);
    const { all, splits } = scorePredictions(benchmark, 'paper', await readPredictions(path.join(folder, `${name}-3b.json`)));
    for (const [part, [f1, em]] of Object.entries(figures)) {
      const found = part === 'all' ? all : splits[part];
      expect(Math.abs((found?.f1?.mean ?? 0) - (f1 as number)), `${part} F1`).toBeLessThanOrEqual(0.00501);
      expect(Math.abs((found?.em?.mean ?? 0) - (em as number)), `${part} EM`).toBeLessThanOrEqual(0.00501);
    }
  });
});
