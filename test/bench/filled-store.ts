import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runConfig } from '../../main/records/run-config.ts';
import { word } from './zipf-corpus.ts';

// What a large data folder holds: samples and runs as import and trainer write them.

/** `draw` gives ranks of words as in text, `upTo` whole numbers below n. */
export function writeSamples(file: string, count: number, { draw, upTo }: { readonly draw: () => number; readonly upTo: (n: number) => number }): void {
  const words = (n: number): string => Array.from({ length: n }, () => word(draw())).join(' ');
  writeFileSync(file, '');
  for (let i = 0; i < count; i += 1000) {
    appendFileSync(file, Array.from({ length: Math.min(1000, count - i) }, (_, j) => `${JSON.stringify({ version: 1, id: `q${i + j}`, task: upTo(3) === 0 ? 'search' : 'coding', question: `${words(8 + upTo(20))} 图像里的${'红蓝绿黑'[upTo(4)]}色汽车`, answers: [words(2)], images: upTo(4) === 0 ? [] : [`${i + j}.png`], split: ['train', 'test', 'validation'][upTo(3)], extra: { source: words(30) } })}\n`).join(''));
  }
}

/** A line of metrics with `width` numbers. */
export const metricsLine = (step: number, width: number): string => `${JSON.stringify({ kind: 'metrics', step, metrics: { rewardMean: Math.sin(step / 50), seconds: { step: performance.now() }, parts: Object.fromEntries(Array.from({ length: width - 2 }, (_, i) => [`part${i}`, Math.random()])) } })}\n`;

export function writeRun(home: string, name: string, steps: number, width: number): void {
  const folder = path.join(home, 'runs', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(runConfig.parse({ name, steps })));
  const started = `${JSON.stringify({ kind: 'started', at: new Date().toISOString(), step: 0, resumed: false, parameters: 1, tools: { code: 'off', search: 'off' } })}\n`;
  writeFileSync(path.join(folder, 'log.jsonl'), started + Array.from({ length: steps }, (_, step) => metricsLine(step, width)).join(''));
}
