import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { configFields, presetNames, presetSummary, readRunConfig } from '../../../main/train/config-file.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string): string {
  const name = path.join(folder, `${Math.random()}.yaml`);
  writeFileSync(name, content);
  return name;
}

describe('a run’s configuration', () => {
  it('has presets that are whole', () => {
    expect(presetNames()).toEqual(['paper', 'quickstart', 'workstation']);
    for (const preset of presetNames()) expect(readRunConfig(preset).name).toBe(preset);
    // One brings the model that comes with the program; its path holds wherever the command is called.
    expect(existsSync(path.join(readRunConfig('quickstart').model.folder, 'config.json')) && path.isAbsolute(readRunConfig('quickstart').model.folder)).toBe(true);
    expect(readRunConfig(file('preset: quickstart\nmodel: { maxPixels: 5000 }\n')).model).toMatchObject({ folder: readRunConfig('quickstart').model.folder, maxPixels: 5000 });
    expect(readRunConfig('paper').model.folder).toBe('');
    expect(readRunConfig('paper')).toMatchObject({ data: { mode: 'step' }, rollout: { group: 8, temperature: 1 }, loss: { name: 'grpo', beta: 0.04 }, optimizer: { learningRate: 1e-6 } });
  });

  it('takes a file, a preset below it, and settings above it', () => {
    const name = file('preset: quickstart\nname: mine\nrollout:\n  group: 4\n');
    const config = readRunConfig(name, ['rollout.prompts=2', 'reward.weights={"answer": 2}', 'optimizer.learningRate=3e-4']);
    expect(config).toMatchObject({ name: 'mine', rollout: { group: 4, prompts: 2, slots: 32 }, reward: { weights: { answer: 2 } }, optimizer: { learningRate: 3e-4 } });
    expect(config.reward.weights).toEqual({ answer: 2 });
  });

  it('takes a section with nothing under it, and an empty text; keys of objects themselves are keys like any other', () => {
    expect(readRunConfig(file('preset: workstation\nrollout:\nmodel:\n  folder: x\n'), ['model.quantize=']).model.quantize).toBe('');
    expect(readRunConfig(file('preset: workstation\nrollout:\n')).rollout).toEqual(readRunConfig('workstation').rollout);
    for (const key of ['__proto__.x', 'rollout.__proto__.x', 'constructor.x', 'toString']) expect(() => readRunConfig('quickstart', [`${key}=1`])).toThrow(new RegExp(key.split('.').find((each) => each !== 'rollout') as string));
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
    expect(() => readRunConfig('quickstart', ['rollout.group=[1'])).toThrow(/--set rollout\.group=\[1: expected a value as YAML has it/);
    expect(() => readRunConfig('quickstart', ['rollout.group='])).toThrow(/rollout\.group/);
    expect(() => readRunConfig('quickstart', [`name=${'n'.repeat(101)}`])).toThrow(/name/);
    expect(() => readRunConfig('quickstart', [`name=${'漢'.repeat(67)}`])).toThrow(/name: expected at most 200 bytes, found 201 bytes/);
    expect(readRunConfig('quickstart', [`name=${'漢'.repeat(66)}`]).name).toHaveLength(66);
  });

  it.each([['optimizer.learningRate=.nan', 'NaN'], ['optimizer.learningRate=.inf', 'Infinity'], ['steps=1e400', 'Infinity']])('%s is told as %s', (setting, found) =>
    expect(() => readRunConfig('quickstart', [setting])).toThrow(new RegExp(`found ${found}\\.`)));

  it.each([
    ['reward.weights={answer: 1e308}', /reward\.weights\.answer: expected a number of at most 1000000/],
    ['reward.custom=[{file: a.mjs, weight: -1e9}]', /reward\.custom\.0\.weight: expected a number of at least -1000000/],
    ['reward.custom=[{file: a.mjs, weight: 1, timeoutMs: 3000000000}]', /timeoutMs: expected a (whole )?number of at most 2147483647/],
  ])('a reward of %s has no sum, or no time', (setting, message) => expect(() => readRunConfig('quickstart', [setting])).toThrow(message));

  it('takes JSON', () => expect(readRunConfig(file('{"steps": 7}')).steps).toBe(7));

  it.each([
    ['rollout:\n  grup: 4\n', /rollout\.grup.*Did you mean rollout\.group\?/s],
    ['optimiser: {}\n', /Did you mean optimizer\?/],
    ['steps: 0\n', /steps.*at least 1.*found 0/s],
    ['loss:\n  name: ppo\n', /loss\.name/],
    ['preset: papier\n', /preset/],
    ['- 1\n', /no mapping/],
    ['a: [\n', /YAML or JSON/],
  ])('%j is told apart', (content, message) => expect(() => readRunConfig(file(content))).toThrow(message));

  it('does not begin to read what is too large for a configuration', () =>
    expect(() => readRunConfig(file(Array.from({ length: 100_000 }, (_, i) => `key${i}: 1`).join('\n')))).toThrow(/expected at most 262144 bytes, found 1188889 bytes/));

  it('tells a key that comes twice, with its line, in a map and in one within', () => {
    expect(() => readRunConfig(file('steps: 3\nname: a\nsteps: 4\n'))).toThrow(/Map keys must be unique: steps comes again at line 3, column 1/);
    expect(() => readRunConfig(file('model: {folder: a, folder: b}\n'))).toThrow(/folder comes again at line 1, column 20/);
  });

  it('does not compare each of many keys with all before it', () => {
    const name = file(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'));
    const some = vi.spyOn(Array.prototype, 'some');
    expect(() => readRunConfig(name)).toThrow(/k0: expected a field/);
    const long = some.mock.contexts.filter((each) => (each as readonly unknown[]).length > 1000).length;
    some.mockRestore();
    expect(long).toBe(0);
  });

  it('tells a setting without a key from one without a value', () => {
    expect(() => readRunConfig('quickstart', ['=1'])).toThrow(/found no key/);
    expect(() => readRunConfig('quickstart', ['steps'])).toThrow(/found no =/);
  });

  it('explains every field', () => {
    const fields = configFields();
    expect(fields.length).toBeGreaterThan(60);
    expect(fields.find(({ key }) => key === 'rollout.group')).toMatchObject({ value: 8, bounds: '1–256' });
    expect(fields.every(({ help }) => help.length > 5)).toBe(true);
    expect(fields.filter(({ bounds }) => bounds.includes('object'))).toEqual([]);
    expect(presetNames().every((name) => presetSummary(name).length > 40)).toBe(true);
  });
});
