import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { examineModelFolder } from '../model/examine.ts';
import { shipped } from '../shipped.ts';
import type { Check, CheckFunction } from './check.ts';

/** The starter that comes with the program, model folders in the data folder, and those that were named. */
export const models: CheckFunction = async ({ home, modelFolders }) => {
  const own = path.join(home, 'models');
  let more: Check = { id: 'models', title: 'Models of your own', status: 'optional', detail: `none in ${own}`, remedy: 'Put a Qwen2.5-VL folder from Hugging Face there (or a link to it), or name one with --model.' };
  let kept: readonly string[] = [];
  try {
    kept = existsSync(own) ? readdirSync(own).map((name) => path.join(own, name)) : [];
  } catch (error) {
    more = { ...more, status: 'unknown', detail: `${own}: ${(error as Error).message}` };
  }
  const folders = [shipped('resources/starter'), ...modelFolders, ...kept];
  const checks = folders.map((folder, i): Check => {
    const shared = { id: `model.${i}`, title: 'Model' };
    try {
      const { missing, parameters } = examineModelFolder(folder);
      const size = !parameters ? '' : parameters.total < 1e8 ? `, ${(parameters.total / 1e6).toFixed(2)} M parameters` : `, ${(parameters.total / 1e9).toFixed(2)} G parameters`;
      if (missing.length === 0) return { ...shared, status: 'ok', detail: `${folder}${size}` };
      return { ...shared, status: 'lacking', detail: `${folder}${size}: ${missing.length} things are missing`, remedy: missing[0] as string };
    } catch (error) {
      return { ...shared, status: 'lacking', detail: folder, remedy: (error as Error).message };
    }
  });
  return folders.length === 1 || more.status === 'unknown' ? [...checks, more] : checks;
};
