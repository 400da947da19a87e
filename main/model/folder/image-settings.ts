import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { readJsonFile } from './file-errors.ts';

/** Where a released folder has the settings of its image processor alone. */
export const imageSettingsFile = 'preprocessor_config.json';

// Transformers 5 writes one file for all processors of a model, and believes it first.
const shared = z.object({ image_processor: z.record(z.string(), z.unknown()) });

/** The file of a model folder that has settings of its image processor, and these as they stand there. */
export function findImageSettings(folder: string): { readonly file: string; readonly settings: unknown } | undefined {
  const [ofAll, alone] = [path.join(folder, 'processor_config.json'), path.join(folder, imageSettingsFile)];
  const found = existsSync(ofAll) ? shared.safeParse(readJsonFile(ofAll)) : undefined;
  if (found?.success) return { file: ofAll, settings: found.data.image_processor };
  return existsSync(alone) ? { file: alone, settings: readJsonFile(alone) } : undefined;
}
