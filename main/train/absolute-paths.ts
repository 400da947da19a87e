import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RunConfig } from '../records/run-config.ts';

/** A configuration with whole paths: a run is gone on with from any folder. What is empty, or no path, stays. */
export function withAbsolutePaths(config: RunConfig): RunConfig {
  const { model, data, reward } = config;
  return {
    ...config,
    model: { ...model, folder: absolute(model.folder), adapter: absolute(model.adapter) },
    data: { ...data, train: sources(data.train), heldOut: sources(data.heldOut), demonstrations: sources(data.demonstrations), prompts: /\.(ya?ml|json)$/.test(data.prompts) && existsSync(data.prompts) ? absolute(data.prompts) : data.prompts },
    reward: { ...reward, embedder: absolute(reward.embedder), custom: reward.custom.map((each) => ({ ...each, file: absolute(each.file) })) },
  };
}

const absolute = (file: string): string => (file === '' ? '' : path.resolve(file));

/** mini:SEED is the built-in task. */
const source = (each: string): string => (/^mini:\d+$/.test(each) ? each : absolute(each));

const sources = (all: string | readonly string[]): string | readonly string[] => (typeof all === 'string' ? source(all) : all.map(source));
