import { type LookupAddress, type LookupOptions, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

// Pages of the web come from public addresses only: a search result must not make this program ask the user's own network,
// this machine, or a cloud's metadata service. The check is made on the address that is connected to, after the name is
// resolved, so a name that resolves differently the second time gains nothing.

/** An address of the public internet; IPv4 inside IPv6 counts as what it holds. */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  return ipaddr.process(address).range() === 'unicast';
}

/** A connection that was refused because of its address. Trying again does not help. */
export class PrivateAddress extends Error {
  constructor(host: string, address: string) {
    super(`${host} is at ${address}, which is no public address`);
    this.name = 'PrivateAddress';
  }
}

/** Resolves names for a connection; fails where any of the addresses is not public. */
export const publicLookup: LookupFunction = (host, options, callback) => {
  const all: LookupOptions = { ...options, all: true };
  systemLookup(host, all, (error, found) => {
    const addresses = (Array.isArray(found) ? found : []) as readonly LookupAddress[];
    const outside = addresses.find(({ address }) => !isPublicAddress(address));
    const failure = error ?? (outside ? new PrivateAddress(host, outside.address) : undefined);
    const [first] = addresses;
    if (failure || !first) callback(failure ?? new Error(`${host} has no address`), '', 0);
    else if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  });
};

/** @throws PrivateAddress where the host of a URL is an address itself, and not a public one: those are never looked up. */
export function assertPublicHost({ hostname }: URL): void {
  const literal = hostname.replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(literal) && !isPublicAddress(literal)) throw new PrivateAddress(hostname, literal);
}
