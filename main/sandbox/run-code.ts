import { type CodeResult, type RunCode, ToolFault } from '../records/tools.ts';
import { type PoolOptions, SandboxPool } from './pool.ts';
import type { Tier } from './tiers.ts';

export type CodeRunner = { readonly runCode: RunCode; readonly tier: Tier; close(): Promise<void> };

/**
 * The code tool of the agent. What the code does to itself is a result; a sandbox that fails is a ToolFault, and the
 * code is not run anywhere else.
 * @throws NoSandbox where no tier works.
 */
export async function openCodeRunner(options: PoolOptions): Promise<CodeRunner> {
  const pool = await SandboxPool.open(options);
  const runCode: RunCode = async (job, signal) => {
    let result: CodeResult;
    try {
      result = await pool.run(job, signal);
    } catch (error) {
      if (error instanceof ToolFault) throw error;
      if (signal?.aborted) throw signal.reason;
      throw new ToolFault('sandbox', (error as Error).message, { cause: error });
    }
    if (result.status === 'setup_failed') throw new ToolFault('sandbox', `the sandbox could not be set up: ${result.stderr.trim()}`);
    return result;
  };
  return { runCode, tier: pool.tier, close: () => pool.close() };
}
