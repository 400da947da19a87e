import { type Provider, providers } from './provider.ts';
import { Runtime } from './session.ts';
import { arenaFault } from './shared-arena.ts';

// Run as a process of its own (a driver that aborts takes only the probe with it): says on stdout whether a provider
// creates a session and multiplies two matrices rightly, and on the CPU whether programs have one memory.

const provider = process.argv[2] as Provider;
if (!providers.includes(provider)) throw new Error(`no provider ${provider}`);
const reason = await new Runtime({ provider, threads: 1 }).tryOut();
const apart = provider === 'cpu' ? await arenaFault() : undefined;
console.log(JSON.stringify(reason === undefined ? { ok: true, ...(apart !== undefined && { apart }) } : { ok: false, reason }));
process.exit(0);
