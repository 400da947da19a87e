/** Sides of the thumbnails that the engine makes. */
type Side = 64 | 128 | 256 | 512 | 1024;

/** Where a kept image is fetched; nothing for a reference that only the engine's machine can follow, such as a path. */
export function imageAddress(reference: string, side?: Side): string | undefined {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(reference)?.[1];
  return hex && `image/${hex}${side === undefined ? '' : `?side=${side}`}`;
}
