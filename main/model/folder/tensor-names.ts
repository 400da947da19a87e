/**
 * Prefixes under which the parts of the model are stored, by the Transformers version that saved it, and the prefix of the
 * released checkpoints that stands for it here. The first that matches counts.
 */
const PREFIXES: readonly (readonly [stored: string, canonical: string])[] = [
  ['model.language_model.', 'model.'],
  ['model.visual.', 'visual.'],
  ['language_model.model.', 'model.'],
  ['language_model.lm_head.', 'lm_head.'],
];

/** The released checkpoints' name of a stored tensor; other names stay as they are. */
export function canonicalTensorName(stored: string): string {
  const rule = PREFIXES.find(([prefix]) => stored.startsWith(prefix));
  return rule === undefined ? stored : rule[1] + stored.slice(rule[0].length);
}
