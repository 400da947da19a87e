import type { PlanPart } from '../../preload/contract/plan-part.ts';

/** What a part of a plan serves, by its name. */
function kindOf(name: string): PlanPart['kind'] {
  if (/weights|copy for decoding/.test(name)) return 'weights';
  if (/^adapter|gradients|moments/.test(name)) return 'trained';
  if (/keys and values/.test(name)) return 'caches';
  return /programs|program and libraries/.test(name) ? 'programs' : 'activations';
}

/** The parts that there are, with their kinds. */
export const withKinds = (parts: readonly Omit<PlanPart, 'kind'>[]): readonly PlanPart[] => parts.filter(({ bytes }) => bytes > 0).map(({ name, bytes }) => ({ name, kind: kindOf(name), bytes }));
