import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { InputError } from '../../records/input-error.ts';
import { schemaFaultText } from '../../records/schema-fault.ts';
import { readJsonFile, withFile } from './file-errors.ts';
import { openSafetensors } from './safetensors.ts';
import type { SafetensorsFile } from './safetensors.ts';

const SINGLE_FILE = 'model.safetensors';
const INDEX_FILE = 'model.safetensors.index.json';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Opens the weight files of a folder: model.safetensors, or the shards that model.safetensors.index.json names.
 * Where both are there the single file counts, as in Transformers.
 * @throws InputError when a file is missing or broken, or the index names a tensor that its shard lacks;
 *   no file stays open then.
 */
export function openWeightFiles(folder: string): readonly SafetensorsFile[] {
  const names = withFile(folder, 'a model folder that can be read', () => readdirSync(folder));
  if (names.includes(SINGLE_FILE)) return [openSafetensors(path.join(folder, SINGLE_FILE))];
  if (names.includes(INDEX_FILE)) return openShards(folder);
  const other = names.filter((name) => /\.(safetensors|bin|pt|pth|gguf)$/.test(name));
  throw new InputError({
    thing: folder, expected: `${SINGLE_FILE}, or ${INDEX_FILE} with its shards`,
    found: other.length > 0 ? other.slice(0, 5).join(', ') : 'no weight files',
    remedy: 'Copy the missing files into the folder, or save the model as safetensors with Transformers (save_pretrained).',
  });
}

function openShards(folder: string): readonly SafetensorsFile[] {
  const indexFile = path.join(folder, INDEX_FILE);
  const value = readJsonFile(indexFile);
  const index = indexSchema.safeParse(value);
  if (!index.success) {
    throw new InputError({
      thing: indexFile, expected: 'an object weight_map of tensor names to file names', found: schemaFaultText(index.error, value),
      remedy: 'Copy the index from the model’s source again.',
    });
  }
  const namesByShard = Map.groupBy(Object.entries(index.data.weight_map), ([, shard]) => shard);
  const opened: SafetensorsFile[] = [];
  try {
    for (const [shard, entries] of namesByShard) {
      const names = entries.map(([name]) => name);
      opened.push(openShard(folder, indexFile, shard, names));
    }
    return opened;
  } catch (error) {
    for (const file of opened) file.close();
    throw error;
  }
}

function openShard(folder: string, indexFile: string, shard: string, names: readonly string[]): SafetensorsFile {
  if (path.basename(shard) !== shard || shard.includes('\\') || ['', '.', '..'].includes(shard)) {
    throw new InputError({
      thing: `${indexFile}: tensor ${names[0]}`, expected: 'the name of a file in the same folder', found: JSON.stringify(shard), remedy: 'Correct the index.',
    });
  }
  const shardFile = path.join(folder, shard);
  if (!existsSync(shardFile)) {
    throw new InputError({
      thing: shardFile, expected: `a shard with ${names.length} tensors, tensor ${names[0]} first, as ${INDEX_FILE} says`, found: 'no such file',
      remedy: 'Copy or download the missing shard into the folder.',
    });
  }
  const file = openSafetensors(shardFile);
  const absent = names.find((name) => !file.tensors.has(name));
  if (absent === undefined) return file;
  file.close();
  throw new InputError({
    thing: `${indexFile}: tensor ${absent}`, expected: `the tensor in ${shard}`, found: `${file.tensors.size} tensors there, not this one`,
    remedy: 'Copy the index and the shards from the same source again.',
  });
}
