import { mkdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inspectModelFolder } from '../../../../main/model/folder/inspect.ts';
import { editJson, expectInputError, makeFolder, temporaryFolder } from './make-folder.ts';
import { RELEASED_3B, writeConfig } from './released-configs.ts';

test('a complete folder lacks nothing', () => {
  const folder = makeFolder();
  mkdirSync(path.join(folder, 'onnx'));
  symlinkSync('nowhere', path.join(folder, 'broken-link'));
  const report = inspectModelFolder(folder);
  expect(report.missing).toEqual([]);
  expect(report.has).toEqual({ weights: true, tokenizer: true, chatTemplate: true, imageProcessor: true, generationConfig: true });
  expect(report.config!.dtype).toBe('bfloat16');
  expect(report.files.map(({ name }) => name)).toEqual([
    'config.json', 'generation_config.json', 'model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors', 'model.safetensors.index.json',
    'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json',
  ]);
  for (const { name, bytes } of report.files) expect(bytes).toBe(statSync(path.join(folder, name)).size);
  // bfloat16: two bytes a parameter, and the headers.
  const stored = report.files.filter(({ name }) => name.endsWith('.safetensors')).reduce((sum, { bytes }) => sum + bytes, 0);
  expect(stored).toBeGreaterThan(2 * report.parameters!.total);
  expect(stored).toBeLessThan(2 * report.parameters!.total + 20_000);
});

test('what the files hold is told, whatever config.json says', () => {
  const folder = makeFolder();
  editJson(folder, 'config.json', (config) => {
    delete config['dtype'];
    config['torch_dtype'] = 'float32';
  });
  expect(inspectModelFolder(folder)).toMatchObject({ config: { dtype: 'float32' }, storedAs: 'bfloat16' });
});

test('config.json alone: sizes and parameters, and what is missing', () => {
  const folder = temporaryFolder();
  writeConfig(folder, RELEASED_3B);
  const report = inspectModelFolder(folder);
  expect(report.parameters).toEqual({ text: 3_085_938_688, vision: 668_684_288, total: 3_754_622_976 });
  expect(report.storedAs).toBeUndefined();
  expect(report.has).toEqual({ weights: false, tokenizer: false, chatTemplate: false, imageProcessor: false, generationConfig: false });
  expect(report.missing).toEqual([
    expect.stringContaining(`${folder}: expected model.safetensors`), expect.stringContaining('tokenizer.json: expected the tokenizer'),
    expect.stringContaining('expected a chat template'), expect.stringContaining('preprocessor_config.json: expected the image processor'),
  ]);
});

test('an empty folder', () => {
  const report = inspectModelFolder(temporaryFolder());
  expect(report).not.toHaveProperty('config');
  expect(report).not.toHaveProperty('parameters');
  expect(report.files).toEqual([]);
  expect(report.missing[0]).toContain('config.json');
});

test('damaged weights and a damaged tokenizer are said, the rest is reported', () => {
  const folder = makeFolder();
  truncateSync(path.join(folder, 'model-00002-of-00002.safetensors'), 100);
  writeFileSync(path.join(folder, 'tokenizer.json'), '{');
  const report = inspectModelFolder(folder);
  expect(report.has).toMatchObject({ weights: false, tokenizer: false, chatTemplate: true, imageProcessor: true });
  expect(report.missing).toEqual([expect.stringContaining('model-00002-of-00002.safetensors'), expect.stringContaining('tokenizer.json: expected JSON')]);
  expect(report.parameters!.total).toBeGreaterThan(0);
});

test.each([['chat_template.jinja', '{{ messages }}'], ['chat_template.json', '{"chat_template": "{{ messages }}"}']])('the chat template may be in %s', (name, content) => {
  const folder = makeFolder();
  editJson(folder, 'tokenizer_config.json', (config) => delete config['chat_template']);
  expect(inspectModelFolder(folder).has.chatTemplate).toBe(false);
  writeFileSync(path.join(folder, name), content);
  expect(inspectModelFolder(folder)).toMatchObject({ has: { chatTemplate: true }, missing: [] });
});

test('a folder that is not there, or is a file, is an error', () => {
  const folder = makeFolder();
  expectInputError(() => inspectModelFolder(path.join(folder, 'config.json')), { thing: ['config.json'], expected: 'a model folder', found: 'ENOTDIR' });
  rmSync(folder, { recursive: true });
  expectInputError(() => inspectModelFolder(folder), { thing: [folder], expected: 'a model folder', found: 'ENOENT' });
});
