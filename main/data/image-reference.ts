import { createHash } from 'node:crypto';

export const scheme = 'sha256:';

/** The reference of encoded image bytes: `sha256:<64 hex digits>`. */
export const imageReference = (bytes: Uint8Array): string => scheme + createHash('sha256').update(bytes).digest('hex');
