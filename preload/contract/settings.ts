import { z } from 'zod';
import { call, stream } from '../rpc/frames.ts';

const engine = z.enum(['searxng', 'serper', 'brave', 'tavily']);

/** Searching the web: off until the user turns it on. */
const web = z.strictObject({ on: z.boolean(), engine, endpoint: z.string().max(2000), readPages: z.boolean() });

const size = z.object({ kind: z.string(), bytes: z.number(), files: z.int(), freeable: z.boolean() });
const sum = z.object({ files: z.int(), bytes: z.number() });
const binRow = z.object({ id: z.int(), kind: z.enum(['run', 'evaluation', 'dataset', 'samples']), name: z.string(), removedAt: z.iso.datetime(), samples: z.int() });
const keyName = z.string().regex(/^[a-z0-9-]{1,40}$/);

export const settingsContract = {
  'settings.web': call(z.undefined(), web),
  'settings.setWeb': call(web, z.null()),
  /** Where each key is found. A key itself is never read back. */
  'settings.keys': call(z.undefined(), z.array(z.object({ name: z.string(), variable: z.string(), source: z.enum(['environment', 'keychain']).nullable() }))),
  'settings.storeKey': call(z.strictObject({ name: keyName, value: z.string().min(1).max(1000) }), z.null()),
  'settings.removeKey': call(z.strictObject({ name: keyName }), z.null()),
  /** What lies on the disk, by kind; walks the data folder. */
  'settings.storage': call(z.undefined(), z.array(size)),
  'settings.free': call(z.strictObject({ kind: z.enum(['bin', 'thumbnails', 'quantized', 'cuda']) }), z.object({ bytes: z.number() })),
  /** Pictures that nothing names any more, and how many more were used lately; files that name pictures and are not there. Reads what the data folder has. */
  'settings.unusedImages': call(z.undefined(), sum.extend({ recent: sum, missing: z.array(z.string()).readonly() })),
  /** Removes them; `missingToo` also those that only a missing file may name. */
  'settings.removeUnusedImages': call(z.strictObject({ missingToo: z.boolean() }), sum),
  'settings.bin': call(z.undefined(), z.array(binRow)),
  'settings.restore': call(z.strictObject({ id: z.int().min(1) }), z.object({ name: z.string() })),
  /** Makes the sandbox's private Python, and answers again what the machine offers. */
  'settings.setUpPython': stream(z.undefined(), z.object({ label: z.string(), done: z.number(), total: z.number() })),
  /** Fetches what onnxruntime needs for CUDA; `done` and `total` are MiB. */
  'settings.fetchCuda': stream(z.undefined(), z.object({ label: z.string(), done: z.number(), total: z.number() })),
  /** A text about program and machine for a report of a fault: no keys, no questions, no images. */
  'settings.diagnostics': call(z.undefined(), z.string()),
} as const;
