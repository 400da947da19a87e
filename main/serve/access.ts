import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

// Who may talk to the server: programs of this machine's user that know the token. A page of another site, or one whose
// name was bound to 127.0.0.1 after it was loaded, is refused by Host and Origin before anything is looked at.

export const newToken = (): string => randomBytes(24).toString('base64url');

/** Cookies do not know ports: each server has a name of its own, so that two do not log each other out. */
export const cookieName = (port: number): string => `arft-${port}`;

/** 421: not a name of this machine; 403: a page of another origin; 401: no token. Nothing: may pass. */
export function refusalOf(request: IncomingMessage, port: number, token: string): 421 | 403 | 401 | undefined {
  const { host = '', origin, cookie = '' } = request.headers;
  if (![`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`].includes(host)) return 421;
  if (origin !== undefined && origin !== `http://${host}`) return 403;
  if (request.headers['sec-fetch-site'] !== undefined && !['same-origin', 'none'].includes(request.headers['sec-fetch-site'])) return 403;
  const given = new RegExp(`(?:^|;\\s*)${cookieName(port)}=([\\w-]+)`).exec(cookie)?.[1] ?? bearer(request);
  return given !== undefined && sameToken(given, token) ? undefined : 401;
}

const bearer = (request: IncomingMessage): string | undefined => /^Bearer ([\w-]+)$/.exec(request.headers.authorization ?? '')?.[1];

/** Compares digests, so that the time taken says nothing about the token. */
export const sameToken = (given: string, token: string): boolean => timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest());
