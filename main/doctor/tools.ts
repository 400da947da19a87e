import { InputError } from '../records/input-error.ts';
import { readPython } from '../setup/ensure-python.ts';
import { findPython } from '../setup/find-python.ts';
import { SandboxPool } from '../sandbox/pool.ts';
import { type Tier, tierTitles, tiers, tiersOf } from '../sandbox/tiers.ts';
import type { Check, CheckFunction } from './check.ts';

const setUp = 'Run arft setup: it makes the private Python once, and needs the network for that.';

/** The private Python that runs the agent's code, or what it would be made from. */
export const python: CheckFunction = async ({ home }) => {
  const title = 'Private Python';
  const made = readPython(home);
  if (made) return [{ id: 'python', title, status: 'ok', detail: `${made.version} (${made.executable}), packages in ${made.sitePackages}` }];
  try {
    const { version, executable } = await findPython();
    return [{ id: 'python', title, status: 'lacking', detail: `not made yet; ${version} (${executable}) is there to make it from`, remedy: setUp }];
  } catch (error) {
    const { found, remedy } = error instanceof InputError ? error.expectation : { found: (error as Error).message, remedy: setUp };
    return [{ id: 'python', title, status: 'lacking', detail: found, remedy }];
  }
};

/** Each way to shut generated code in is started and given a job; the best that works is the one that is used. */
export const sandbox: CheckFunction = async ({ home }) => {
  const title = 'Sandbox for code';
  if (tiers.length === 0) {
    return [{ id: 'sandbox', title, status: 'lacking', detail: `there is none for ${process.platform}`, remedy: elsewhereRemedy }, ...elsewhere];
  }
  const made = readPython(home);
  if (!made) return [{ id: 'sandbox', title, status: 'unknown', detail: 'can be tried when the private Python is made', remedy: setUp }, ...elsewhere];
  const tried: { readonly tier: Tier; readonly failure?: string; readonly landlock?: number }[] = [];
  for (const tier of tiers) {
    try {
      const pool = await SandboxPool.open({ python: made, tier, processes: 1 });
      const { status, stdout } = await pool.run({ code: 'print(6 * 7)' });
      await pool.close();
      tried.push(status === 'ok' && stdout === '42\n' ? { tier, landlock: pool.greeting.landlock } : { tier, failure: `a job ended with ${status}` });
    } catch (error) {
      tried.push({ tier, failure: (error as Error).message });
    }
  }
  const best = tried.find(({ failure }) => failure === undefined);
  const summary: Check = best
    ? { id: 'sandbox', title, status: 'ok', detail: `${best.tier}: ${tierTitles[best.tier]}${best.landlock === 0 ? ', without Landlock, which this kernel lacks' : ''}` }
    : { id: 'sandbox', title, status: 'lacking', detail: 'none works, so generated code does not run', remedy: process.platform === 'linux' ? 'Install bubblewrap (Debian and Ubuntu: apt install bubblewrap), or use a Linux kernel from 5.13 with Landlock switched on.' : elsewhereRemedy };
  const each = tried.map(({ tier, failure }): Check => ({
    id: `sandbox.${tier}`, title: `Sandbox ${tier}`, status: failure === undefined ? 'ok' : 'lacking', detail: failure ?? `${tierTitles[tier]}: ran a job`, ...(failure !== undefined && best === undefined && { remedy: remedyFor(failure) }),
  }));
  return [summary, ...each, ...elsewhere];
};

const elsewhereRemedy = 'Generated code runs on Linux; everything else works here.';

/** Tiers of other systems. */
const elsewhere: readonly Check[] = (['darwin', 'win32'] as const)
  .filter((platform) => platform !== process.platform)
  .flatMap(tiersOf)
  .map((tier) => ({ id: `sandbox.${tier}`, title: `Sandbox ${tier}`, status: 'elsewhere', detail: `${tierTitles[tier]}; used there only where a probe inside is refused network, files and programs` }));

function remedyFor(failure: string): string {
  if (process.platform !== 'linux') return elsewhereRemedy;
  if (failure.includes('not installed')) return 'Install bubblewrap (Debian and Ubuntu: apt install bubblewrap).';
  // Ubuntu 24.04 restricts user namespaces to programs with an AppArmor profile.
  if (/uid map|RTM_NEWADDR|Permission denied|Operation not permitted/.test(failure)) return 'This system does not let users make namespaces: allow it for bwrap with an AppArmor profile, or with sysctl kernel.apparmor_restrict_unprivileged_userns=0.';
  return 'Use a Linux kernel from 5.13 with Landlock switched on.';
}
