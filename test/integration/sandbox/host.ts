import { createSocket } from 'node:dgram';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { ensurePython } from '../../../main/setup/ensure-python.ts';
import type { PrivatePython } from '../../../main/setup/private-python.ts';
import { SandboxPool } from '../../../main/sandbox/pool.ts';
import type { Tier } from '../../../main/sandbox/tiers.ts';
import type { Listeners } from './hostile.ts';

/** One zygote of a tier for the tests around it; each asks for it with its `skip`, for machines that cannot run the tier. */
export function poolOf(python: PrivatePython, tier: Tier): (skip: (reason: string) => void) => SandboxPool {
  let pool: SandboxPool | undefined;
  let lacking = '';
  beforeAll(async () => {
    pool = await SandboxPool.open({ python, tier, processes: 1 }).catch((error: unknown) => {
      lacking = (error as Error).message;
      return undefined;
    });
  });
  afterAll(() => pool?.close());
  return (skip) => {
    if (!pool) skip(`this machine cannot run it: ${lacking}`);
    return pool as SandboxPool;
  };
}

/** The private Python of the tests: made once, beside the packages. */
export const testPython = (): Promise<PrivatePython> => ensurePython(path.join(import.meta.dirname, '../../../node_modules/.cache/arft-test'));

export type Host = Listeners & { readonly hits: () => number; readonly secret: string; close(): Promise<void> };

/** A host that listens on every kind of socket and has a secret file that every user may read. */
export async function openHost(): Promise<Host> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'arft-host-'));
  chmodSync(folder, 0o755); // any user may come: what keeps a job out is the sandbox
  const secretFile = path.join(os.tmpdir(), `arft-secret-${process.pid}`);
  const secret = 'a secret of the host';
  writeFileSync(secretFile, secret, { mode: 0o666 });
  let hits = 0;
  const hit = (): void => void (hits += 1);
  const listen = (...where: [number, string] | [string]): Promise<net.Server> =>
    new Promise((resolve, reject) => {
      const server = net.createServer((socket) => {
        hit();
        socket.destroy();
      });
      server.on('error', reject);
      if (where.length === 2) server.listen(where[0], where[1], () => resolve(server));
      else server.listen({ path: where[0], ...(where[0].startsWith('/') && { readableAll: true, writableAll: true }) }, () => resolve(server));
    });
  const abstract = `arft-test-${process.pid}`;
  const tcp = await listen(0, '127.0.0.1');
  const servers = [tcp, await listen(path.join(folder, 's')), await listen(`\0${abstract}`)];
  const udp = createSocket('udp4', hit);
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  return {
    tcp: (tcp.address() as net.AddressInfo).port,
    udp: udp.address().port,
    path: path.join(folder, 's'),
    abstract,
    secretFile,
    secret,
    hits: () => hits,
    close: async () => {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      await new Promise<void>((resolve) => udp.close(resolve));
      rmSync(folder, { recursive: true, force: true });
      rmSync(secretFile, { force: true });
    },
  };
}

/** Processes below this one: [id, name]. */
export function descendants(): readonly (readonly [number, string])[] {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      parents.set(Number(entry), { parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]), name });
    } catch {
      // It ended in between.
    }
  }
  const below = (id: number): boolean => {
    const found = parents.get(id);
    return found !== undefined && (found.parent === process.pid || below(found.parent));
  };
  return [...parents].filter(([id]) => below(id)).map(([id, { name }]) => [id, name] as const);
}
