import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAdapter } from '../../main/model/folder/adapter-reader.ts';
import { writeAdapter } from '../../main/model/folder/adapter-writer.ts';
import { readModelConfig } from '../../main/model/folder/config.ts';
import { expectedTensors, parameterCount } from '../../main/model/folder/expected-tensors.ts';
import { inspectModelFolder } from '../../main/model/folder/inspect.ts';
import { openSafetensors } from '../../main/model/folder/safetensors.ts';
import { canonicalTensorName } from '../../main/model/folder/tensor-names.ts';
import { openWeights } from '../../main/model/folder/weights.ts';
import { goldenFolder } from './folder.ts';

const golden = (...parts: string[]): string => path.join(goldenFolder(), ...parts);
const json = (...parts: string[]) => JSON.parse(readFileSync(golden(...parts), 'utf8'));

describe('model folder', () => {
  const config = readModelConfig(golden('model'));

  test('nothing is missing, and every stored tensor is the model’s', () => {
    const report = inspectModelFolder(golden('model'));
    expect(report.missing).toEqual([]);
    expect(report.surplusTensors).toEqual([]);
    const shards = readdirSync(golden('model')).filter((file) => file.endsWith('.safetensors')).map((file) => openSafetensors(golden('model', file)));
    expect([...expectedTensors(config).keys()].sort()).toEqual(shards.flatMap(({ tensors }) => [...tensors.keys()]).map(canonicalTensorName).sort());
    expect((config.dtype === 'float32' ? 4 : 2) * parameterCount(config).total).toBe(shards.flatMap((shard) => [...shard.tensors.keys()].map((name) => shard.readBytes(name).length)).reduce((sum, bytes) => sum + bytes));
    for (const shard of shards) shard.close();
    expect(parameterCount(config).total).toBe(json('forward.json')[0].parameters);
    expect([...expectedTensors(config).keys()].sort()).toEqual(Object.keys(json('grpo.json').full_finetune.grad_norms).sort());
  });

  // Without an image, what enters the first layer is the prompt's rows of the embedding.
  test('embedding rows are the reference’s first hidden state, exactly', () => {
    const text = (json('forward.json') as { name: string; input_ids: number[] }[]).find(({ name }) => name === 'text')!;
    const reference = openSafetensors(golden('forward.safetensors'));
    const weights = openWeights(golden('model'), config);
    text.input_ids.forEach((id, position) => {
      expect(weights.readRows('model.embed_tokens.weight', id, 1)).toEqual(reference.readFloat32Rows('text.hidden.0', position, 1));
    });
    expect(reference.tensors.get('text.hidden.0')!.shape).toEqual([text.input_ids.length, config.text.hiddenSize]);
    weights.close();
    reference.close();
  });

  test('every tensor is read whole, and is finite', () => {
    const weights = openWeights(golden('model'), config);
    for (const [name, shape] of expectedTensors(config)) expect(weights.readFloat32(name)).toHaveLength(shape.reduce((product, size) => product * size, 1));
    weights.close();
  });
});

describe('adapter folder', () => {
  const config = readModelConfig(golden('model'));
  const fields = json('adapter', 'adapter_config.json');

  test('every matrix of PEFT’s file is read, with PEFT’s scale', () => {
    const adapter = readAdapter(golden('adapter'), config);
    const file = openSafetensors(golden('adapter', 'adapter_model.safetensors'));
    expect(2 * adapter.matrices.size).toBe(file.tensors.size);
    expect(adapter).toMatchObject({ rank: fields.r, alpha: fields.lora_alpha, ...(fields.layers_to_transform === null && { targetModules: [...fields.target_modules].sort() }) });
    for (const [module, { a, b, scale }] of adapter.matrices) {
      expect(a).toEqual(file.readFloat32(`base_model.model.model.language_model.${module}.lora_A.weight`));
      expect(b).toEqual(file.readFloat32(`base_model.model.model.language_model.${module}.lora_B.weight`));
      const own = (pattern: Readonly<Record<string, number>>): number | undefined => Object.entries(pattern).find(([end]) => new RegExp(`(.*\\.)?(${end})$`).test(module))?.[1];
      const rank = own(fields.rank_pattern) ?? fields.r;
      expect(scale).toBe((own(fields.alpha_pattern) ?? fields.lora_alpha) / (fields.use_rslora ? Math.sqrt(rank) : rank));
    }
    file.close();
  });

  test('written again, it holds the same tensors', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'arft-adapter-'));
    const adapter = readAdapter(golden('adapter'), config);
    writeAdapter(folder, adapter);
    expect(readAdapter(folder, config)).toEqual(adapter);
    const [ours, theirs] = [folder, golden('adapter')].map((at) => openSafetensors(path.join(at, 'adapter_model.safetensors')));
    expect([...ours!.tensors.keys()].sort()).toEqual([...theirs!.tensors.keys()].sort());
    for (const name of theirs!.tensors.keys()) expect(ours!.readBytes(name)).toEqual(theirs!.readBytes(name));
    ours!.close();
    theirs!.close();
    rmSync(folder, { recursive: true });
  });
});
