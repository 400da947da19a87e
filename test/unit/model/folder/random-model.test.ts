import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { readModelConfig } from '../../../../main/model/folder/config.ts';
import { expectedTensors } from '../../../../main/model/folder/expected-tensors.ts';
import { writeRandomModel } from '../../../../main/model/folder/random-model.ts';
import { openWeights } from '../../../../main/model/folder/weights.ts';
import { makeFolder, SIZES, temporaryFolder } from './make-folder.ts';

const json = (folder: string, name: string) => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));

describe('writeRandomModel', () => {
  test('both layouts say the same config', () => {
    const flat = readModelConfig(makeFolder());
    expect(readModelConfig(makeFolder({}, { layout: 'nested', shards: 1 }))).toEqual(flat);
    expect(flat.text).toEqual({
      hiddenSize: 48, layers: 2, heads: 6, kvHeads: 2, headDim: 8, intermediateSize: 80, vocabSize: 320, rmsNormEps: 1e-6, ropeTheta: 1e6,
      mropeSection: [2, 1, 1], maxPositions: 32768, tiedHead: false,
    });
    expect(flat.sampling).toEqual({ doSample: true, temperature: 0.7, topP: 0.9, repetitionPenalty: 1.05 });
  });

  test('the seed decides the values', () => {
    const read = (seed: number): Float32Array => {
      const folder = temporaryFolder();
      writeRandomModel(folder, SIZES, seed);
      const weights = openWeights(folder, readModelConfig(folder));
      const values = weights.readFloat32('model.layers.1.mlp.up_proj.weight');
      weights.close();
      return values;
    };
    expect(read(3)).toEqual(read(3));
    expect(read(3)).not.toEqual(read(4));
  });

  test('mean and spread of each kind of tensor', () => {
    const folder = makeFolder({ hiddenSize: 96, mropeSection: [4, 2, 2], intermediateSize: 400 });
    const config = readModelConfig(folder);
    const weights = openWeights(folder, config);
    const seen = new Set<string>();
    for (const [name, shape] of expectedTensors(config)) {
      const values = weights.readFloat32(name);
      seen.add(String(values.slice(0, 8)));
      const isVector = shape.length === 1;
      const mean = isVector && name.endsWith('weight') ? 1 : 0;
      const inputs = values.length / shape[0]!;
      const spread = isVector ? 0.1 : 1.2 / Math.sqrt(inputs);
      const average = values.reduce((sum, value) => sum + value, 0) / values.length;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
      // Five standard errors of a normal sample.
      expect(Math.abs(average - mean)).toBeLessThan((5 * spread) / Math.sqrt(values.length));
      expect(Math.abs(deviation / spread - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length) + 0.02);
    }
    expect(seen.size).toBe(expectedTensors(config).size);
    weights.close();
  });

  test('vocabulary: as large as asked, padded to 32, never below the tokenizer', () => {
    expect(readModelConfig(makeFolder({ vocabSize: 1000 })).text.vocabSize).toBe(1024);
    expect(readModelConfig(makeFolder({ vocabSize: 1 })).text.vocabSize).toBe(320);
  });

  test('the tokenizer gives every text back, and the special tokens the ids of the config', () => {
    const folder = makeFolder();
    const tokenizer = new Tokenizer(json(folder, 'tokenizer.json'), json(folder, 'tokenizer_config.json'));
    const { tokens, text } = readModelConfig(folder);
    for (const sample of ['Hello, world! 12.5', ' <think>the answer\n\n</think>', '图中的数字 😀 é\r\n', '\u0000\u007f\u00ad\u00ff', '    x = 1']) {
      const { ids } = tokenizer.encode(sample);
      expect(tokenizer.decode(ids)).toBe(sample.normalize('NFC'));
      expect(Math.max(...ids)).toBeLessThan(text.vocabSize);
    }
    const ids = (token: string): number[] => tokenizer.encode(token).ids;
    expect([ids('<|image_pad|>'), ids('<|video_pad|>'), ids('<|vision_start|>'), ids('<|vision_end|>'), ids('<|im_end|>'), ids('<|endoftext|>')])
      .toEqual([[tokens.image], [tokens.video], [tokens.visionStart], [tokens.visionEnd], [tokens.eos[0]], [tokens.eos[1]]]);
    expect(ids(' the').length).toBe(1);
  });

  test('the chat template writes ChatML with one image pad', () => {
    const template = new Template(json(makeFolder(), 'tokenizer_config.json').chat_template);
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: 'What\nis it? ' }] },
    ];
    expect(template.render({ messages, add_generation_prompt: true })).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>What\nis it? <|im_end|>\n<|im_start|>assistant\n',
    );
    expect(template.render({ messages: [messages[0]] })).toBe('<|im_start|>system\nBe brief.<|im_end|>\n');
  });
});
