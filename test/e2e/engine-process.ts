import { type ChildProcess, execFileSync } from 'node:child_process';

/** The engine's process under the one that watches over it. */
export function engineProcessOf({ pid }: ChildProcess): number {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  const found = lines.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).find((match) => Number(match?.[2]) === pid && match?.[3]?.includes('engine/process'));
  if (!found) throw new Error(`no engine under ${pid}`);
  return Number(found[1]);
}
