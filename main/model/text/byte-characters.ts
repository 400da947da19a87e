/** Bytes of Latin-1 that are printed as something: not spaces, not the soft hyphen. */
const printable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad);

/**
 * The character that stands for each of the 256 bytes in a byte-level vocabulary (Radford et al. 2019): printable Latin-1
 * stands for itself, the other bytes for the characters from U+0100 on.
 */
export const byteCharacters: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
})();

export const byteOfCharacter: ReadonlyMap<string, number> = new Map(byteCharacters.map((character, byte) => [character, byte]));
