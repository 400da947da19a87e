/** A browser may begin to read what it saves only after the click has been answered. */
const keptMs = 10_000;

/** Hands something to the person as a file. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  [link.href, link.download] = [URL.createObjectURL(content), name];
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}
