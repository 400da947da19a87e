import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { curveText } from '../../../main/train/quickstart/curve.ts';
import type { Measured } from '../../../main/train/quickstart/quickstart.ts';
import { type ReportFigures, writeQuickstartReport } from '../../../main/train/quickstart/report.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'quickstart-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const measured = (f1: number, more: Partial<Measured> = {}): Measured => {
  const estimate = { mean: f1, low: f1 - 5, high: f1 + 5 };
  return { items: 256, invalid: 0, f1: estimate, em: estimate, rightTool: estimate, sampled: { f1, em: f1, rightTool: f1 }, ...more };
};

const noImage = (): Promise<never> => Promise.reject(new Error('no image'));

async function reportOf(figures: Partial<ReportFigures>, settings: readonly string[] = []): Promise<string> {
  const whole = { before: measured(60), after: measured(94), seconds: 200, run: 'quickstart', curve: [], heldOut: [], config: readRunConfig('quickstart', settings), ...figures };
  return readFileSync(await writeQuickstartReport(folder, whole, [], { put: noImage, read: noImage }), 'utf8');
}

test('says that the agent learned where the intervals bear it out', async () => {
  const html = await reportOf({});
  expect(html).toContain('<h1>A visual agent learned when to use which tool</h1>');
  expect(html).toContain('A Qwen2.5-VL of 1.4 million weights, 40 steps of GRPO');
  expect(html).toContain('Measured on 256 questions');
});

test('claims nothing where F1 stayed, of another model, or on other questions; faults of ours are counted out loud', async () => {
  const html = await reportOf({ before: measured(60), after: measured(64, { items: 37, invalid: 3 }) }, ['steps=1', 'model.folder=/models/other']);
  expect(html).toContain('<h1>A visual agent before and after training</h1>');
  expect(html).not.toContain('learned');
  expect(html).toContain('The model in /models/other, 1 step of GRPO');
  expect(html).toContain('Measured on 37 questions');
  expect(html).toContain('3 episodes ended by a fault of ours and are not counted');
});

test('a right tool that nothing tells of is a dash, not 0', async () => {
  const unknown = { rightTool: null, sampled: { f1: 60, em: 60, rightTool: null } };
  expect(await reportOf({ before: measured(60, unknown), after: measured(94, unknown) })).toContain('<tr><td>right tool</td><td>–</td><td>–</td><td>–</td><td>–</td></tr>');
});

test('one step is one bar', () => {
  expect(curveText({ steps: [{ step: 0, metrics: { rewardMean: 1.25 } as never }], heldOut: [] })).toBe('1.25 ▁ 1.25');
});

test('what is wider than a phone scrolls in its own place', async () => {
  const html = await reportOf({});
  expect(html).toMatch(/<div class="wide"><table>/);
  expect(html).toMatch(/<div class="wide"><svg /);
});
