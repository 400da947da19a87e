import { isUtf8 } from 'node:buffer';

/** The charset that a page names in its head, in its first 2 KiB; undefined where it names none. */
export const declaredCharset = (html: Uint8Array): string | undefined =>
  /<meta[^>]{0,200}?charset\s*=\s*["']?([\w-]+)/i.exec(Buffer.from(html.subarray(0, 2048)).toString('latin1'))?.[1];

/** A file's text: in UTF-8, in UTF-16 with a mark at its start, or in the charset named; undefined where it is in none of them. */
export function textOfFile(bytes: Uint8Array, charset: string | undefined): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  try {
    return charset === undefined ? undefined : new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
