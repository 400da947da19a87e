import type { Provider } from '../../runtime/provider.ts';

/** Where an adapter, or all weights of a model, can be trained. */
export const trainedOn: Readonly<Record<'lora' | 'full', readonly Provider[]>> = { lora: ['cpu', 'webgpu', 'cuda'], full: ['cpu'] };
