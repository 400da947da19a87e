import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Scorer } from '../evaluate/benchmarks.ts';
import type { DataHash } from '../evaluate/data-hash.ts';
import type { EvaluationConfig } from '../evaluate/folder.ts';
import { openHome } from '../home.ts';
import type { World } from './world.ts';

type Chosen = { readonly benchmark: string; readonly mode: 'agent' | 'direct'; readonly scorer: Scorer };

/** What an evaluation is: while this is the same, its folder is continued. */
export function configOf({ benchmark, mode, scorer }: Chosen, { policy, prompts, limits, sampling, described }: World, file: string, items: number, data: DataHash): EvaluationConfig {
  return {
    version: 1,
    benchmark,
    data: path.basename(file),
    dataHash: data.own,
    items,
    policy: policy.name,
    mode,
    scorer,
    prompts: prompts.name,
    promptsHash: hash(JSON.stringify(prompts)),
    limits,
    sampling,
    tools: described,
  };
}

/** Where an evaluation is kept that is told no place: the same settings find the same folder, one that an earlier version began too. */
export function ownFolder(config: EvaluationConfig, { former }: DataHash): string {
  const { benchmark, mode, policy } = config;
  const [own, before] = [config, { ...config, dataHash: former }].map((each) => path.join(openHome(), 'evaluations', `${benchmark}-${mode}-${slug(policy)}-${hash(JSON.stringify(each)).slice(0, 8)}`)) as [string, string];
  return existsSync(before) ? before : own;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

const slug = (name: string): string => name.replace(/[^\p{L}\p{N}.]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60);
