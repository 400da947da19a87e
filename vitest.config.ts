import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/order.ts';

export default defineConfig({
  test: {
    include: ['test/{unit,golden,integration,e2e}/**/*.test.ts'],
    // Each file in a process of its own: a native crash fails that file alone.
    pool: 'forks',
    maxWorkers: 2,
    // For a machine that does other work as well.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A busy machine takes longer than the default second to draw a page.
    expect: { poll: { timeout: 15_000 } },
    reporters: [['default', { summary: false }], './test/reporter.ts'],
    sequence: { sequencer: LongestFirst },
  },
});
