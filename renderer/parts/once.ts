/** Time in which the second press of a double click comes. */
export const doubleClickMs = 500;

const begun = new Set<string>();

/**
 * Does what is to happen once: nothing where the same is under way, or began just now. The second press of a double click
 * may hit what has moved to the place of the first, the next of a list, so keys of quick things name what is done alone,
 * and those of long ones with what.
 */
export async function once(key: string, work: () => Promise<void>): Promise<void> {
  if (begun.has(key)) return;
  begun.add(key);
  const pause = new Promise((resolve) => setTimeout(resolve, doubleClickMs));
  try {
    await work();
  } finally {
    void pause.then(() => begun.delete(key));
  }
}
