import { providerTraits } from '../../../main/runtime/provider.ts';

// To be imported before a script (node --import): the CPU then has CUDA's traits, and so weights, caches and what goes from layer to
// layer stay in onnxruntime's memory through the same calls, where no such GPU is at hand.

Object.assign(providerTraits.cpu, { ...providerTraits.cuda, title: providerTraits.cpu.title });
