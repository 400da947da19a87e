import { createHash } from 'node:crypto';

export const scheme = 'sha256:';

/** The reference of encoded image bytes: `sha256:<64 hex digits>`. */
export const imageReference = (bytes: Uint8Array): string => scheme + createHash('sha256').update(bytes).digest('hex');

/** The bytes of an image that a data set writes as text, `data:image/png;base64,…`; nothing for any other name, or a damaged one. */
export function bytesOfDataUri(name: string): Uint8Array | undefined {
  const base64 = /^data:[^,]*;base64,([A-Za-z0-9+/_-]*={0,2})\s*$/i.exec(name)?.[1];
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

export const isDataUri = (name: string): boolean => /^data:/i.test(name);

/** A name as messages show it: one that holds its image would fill the screen. */
export const shownName = (name: string): string => (name.length <= 120 ? name : `${name.slice(0, 60)}… (${name.length} characters)`);
