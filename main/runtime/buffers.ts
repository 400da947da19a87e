// Memory for what programs give. The system hands out a large buffer page by page, each cleared as it is first written to:
// for the outputs of a step of training that takes a tenth of the time of their products. So a buffer that was released is
// used again, by whoever wants one of its size next.

/** Smaller ones are the allocator's own concern. */
const smallest = 2 ** 20;
/** Sizes between two powers of two: batches of different lengths find each other's buffers, which are a sixteenth larger than needed at most. */
const steps = 16;

/** Released ones, the one that waits longest first. */
const idle = new Set<ArrayBuffer>();

function roomFor(bytes: number): number {
  const step = 2 ** Math.floor(Math.log2(bytes)) / steps;
  return Math.ceil(bytes / step) * step;
}

/** A buffer of at least so many bytes, with whatever stands in it. Those that wait go as others come: there are never more than were in use at once. */
export function takeBuffer(bytes: number): ArrayBuffer {
  if (bytes < smallest) return new ArrayBuffer(bytes);
  const room = roomFor(bytes);
  let dropped = 0;
  for (const buffer of idle) {
    if (buffer.byteLength !== room) continue;
    idle.delete(buffer);
    return buffer;
  }
  for (const buffer of idle) {
    if (dropped >= room) break;
    dropped += buffer.byteLength;
    drop(buffer);
  }
  return new ArrayBuffer(room);
}

/** Takes a buffer back; arrays over it have nothing in them afterwards. */
export function returnBuffer(buffer: ArrayBuffer): void {
  if (buffer.detached) return;
  const { byteLength } = buffer;
  if (byteLength >= smallest && byteLength === roomFor(byteLength)) idle.add(buffer.transfer());
  else buffer.transfer(0);
}

/** Gives those that wait back to the system, when the programs are gone. */
export function dropBuffers(): void {
  for (const buffer of idle) drop(buffer);
}

function drop(buffer: ArrayBuffer): void {
  idle.delete(buffer);
  buffer.transfer(0); // at once; the garbage collector would leave it for a while
}
