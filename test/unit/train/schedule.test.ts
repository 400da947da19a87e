import { expect, test } from 'vitest';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { scheduleNotes } from '../../../main/train/schedule.ts';

test('a rate that is still rising as the run ends is told', () => {
  expect(scheduleNotes(readRunConfig('quickstart', ['steps=40', 'optimizer.warmupSteps=39']))).toEqual([]);
  expect(scheduleNotes(readRunConfig('quickstart', ['steps=40', 'optimizer.warmupSteps=500', 'optimizer.learningRate=0.001']))).toEqual([
    'optimizer.warmupSteps is 500 and the run has 40 steps: the learning rate rises all the while, and ends below 0.001',
  ]);
});
