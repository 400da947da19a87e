import { expect, test } from 'vitest';
import { checkParameters } from '../../../main/train/check-parameters.ts';
import { readRunConfig } from '../../../main/train/config-file.ts';
import { openRun } from '../../../main/train/run-context.ts';

const withAdapter = (...settings: readonly string[]) => readRunConfig('quickstart', ['model.adapter=/a', ...settings]);

test('an adapter is nothing that all weights begin with', async () => {
  const all = withAdapter('parameters.kind=full');
  expect(() => checkParameters(all)).toThrow(/^model\.adapter: expected none with parameters\.kind full.* found \/a\. Merge it/);
  expect(() => checkParameters(withAdapter())).not.toThrow();
  expect(() => checkParameters(readRunConfig('quickstart', ['parameters.kind=full']))).not.toThrow();
  await expect(openRun({ home: '/nonexistent', config: all })).rejects.toThrow(/^model\.adapter:/);
});
