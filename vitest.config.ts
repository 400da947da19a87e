import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/order.ts';

/** Files of plain TypeScript, which share processes: starting one for each took a third of their processor time. */
const together = [
  'agent/{tags,tool-calls}', '{charts,cli,generation,records,renderer,rpc,sandbox}/*', 'data/mini-pixels', 'engine/{rollouts-token-texts,rooms,sleep}', 'evaluate/{predictions,statistics}',
  'model/{folder,text}/*', 'model/windows', 'model/image/{feature-cache,resize,size}', 'model/quantize/{blocks,cache,copies,disk-full,model-matrices,scheme}', 'model/training/{buckets,optimizer}',
  'onnx/{dim,liveness,refused-nodes,validate}', 'process-lock', 'reward/{custom,metrics,rules,ssim}', 'runtime/{float-formats,gpu-memory}', 'search/{addresses,passages,snippet}', 'store/{agreement,thinned}',
  'train/{advantages,check-rewards,config-file,learn,pictures,policy-loss,quickstart-report,run-folder,token-kl}',
].map((name) => `test/unit/${name}.test.ts`);

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    // For a machine that does other work as well.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // A busy machine takes longer than the default second to draw a page.
    expect: { poll: { timeout: 15_000 } },
    reporters: [['default', { summary: false }], './test/reporter.ts'],
    sequence: { sequencer: LongestFirst },
    // Projects begin in the order of their names: short files come last, so that no worker is idle for long.
    projects: [
      // Each file in a process of its own: a native crash fails that file alone.
      { extends: true, test: { name: 'alone', include: ['test/{unit,golden,integration,e2e}/**/*.test.ts'], exclude: together } },
      { extends: true, test: { name: 'together', include: together, isolate: false, setupFiles: 'test/no-addons.ts' } },
    ],
  },
});
