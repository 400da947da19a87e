import { expect, test } from 'vitest';
import { withKinds } from '../../../main/engine/plan-parts.ts';

test('parts of a plan by what they serve; those of no bytes are not there', () => {
  const kinds = {
    weights: ['base weights', 'their copy for decoding', 'the reference’s weights, one layer’s and the head’s', 'vision weights'],
    trained: ['adapter', 'gradients', 'AdamW’s moments'],
    caches: ['prompt’s keys and values', 'completions’ keys and values'],
    activations: ['vision tensors', 'embeddings and logits', 'logits', 'inputs of the layers', 'activations that are kept', 'slopes of the logprobs'],
    programs: ['program and libraries', 'tensors of programs', 'compiled programs', 'sampler’s programs', 'layers’ programs', 'programs of groups of other shapes'],
  };
  const told = Object.entries(kinds).flatMap(([kind, names]) => names.map((name) => ({ name, kind, bytes: 1 })));
  expect(withKinds([...told.map(({ name, bytes }) => ({ name, bytes })), { name: 'adapter', bytes: 0 }])).toEqual(told);
});
