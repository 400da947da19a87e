import type { Reporter, TestModule } from 'vitest/node';
import { writeFileSync } from 'node:fs';

/** Writes the numbers of passed, failed and skipped tests to the file that ARFT_TEST_COUNTS names. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== 'pending') counts[state] += 1;
      }
      // A file that could not be loaded, or whose hooks failed, has no failed test to count.
      if (module.state() === 'failed' && ![...module.children.allTests('failed')].length) counts.failed += 1;
    }
    const file = process.env['ARFT_TEST_COUNTS'];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}
