import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { examineModelFolder } from '../../../main/model/examine.ts';
import { inspectModelFolder } from '../../../main/model/folder/inspect.ts';
import { editJson, makeFolder, temporaryFolder } from './folder/make-folder.ts';

test('a folder that can be used lacks nothing', () => {
  const folder = makeFolder();
  expect(examineModelFolder(folder)).toEqual(inspectModelFolder(folder));
});

test('what is missing is said once', () => {
  const folder = temporaryFolder();
  expect(examineModelFolder(folder)).toEqual(inspectModelFolder(folder));
});

test.each<[string, (folder: string) => void, 'tokenizer' | 'chatTemplate' | 'imageProcessor' | undefined, string]>([
  ['a tokenizer of another kind', (folder) => editJson(folder, 'tokenizer.json', (content) => { content['model'].type = 'Unigram'; }), 'tokenizer', 'tokenizer.json: field model.type: expected BPE, found Unigram'],
  ['a tokenizer without the image’s token', (folder) => editJson(folder, 'config.json', (content) => { content['image_token_id'] = 3; }), undefined, '/tokenizer.json: expected a token with the id 3, the image token of config.json'],
  ['a tokenizer that has more tokens than the model', (folder) => editJson(folder, 'tokenizer.json', (content) => { content['model'].vocab.L = 100_000; }), undefined, '/tokenizer.json: expected a token id below vocab_size'],
  ['a template that is none', (folder) => writeFileSync(path.join(folder, 'chat_template.jinja'), '{% for'), 'chatTemplate', 'chat_template.jinja: chat template: expected a Jinja template'],
  ['a template that forgets images', (folder) => writeFileSync(path.join(folder, 'chat_template.jinja'), '{{ messages[0].content }}'), undefined, 'expected as many image placeholders as there are images, 1'],
  ['settings for other patches', (folder) => editJson(folder, 'preprocessor_config.json', (content) => { content['patch_size'] = 16; }), 'imageProcessor', 'preprocessor_config.json: field patch_size: expected 14'],
])('%s is named', (_, spoil, part, words) => {
  const folder = makeFolder();
  spoil(folder);
  const { has, missing, lacks } = examineModelFolder(folder);
  expect(missing).toEqual([expect.stringContaining(words)]);
  expect(lacks).toHaveLength(1);
  expect(has).toEqual({ ...inspectModelFolder(folder).has, ...(part && { [part]: false }) });
});
