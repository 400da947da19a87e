import type { Benchmark } from './benchmark.ts';
export const memory: Benchmark = { name: 'memory', summary: 'peak', options: {}, run: async () => {} };
