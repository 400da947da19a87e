import type { CodeOutput } from '../records/tools.ts';
import type { SandboxLimits } from './limits.ts';

const magic = 'RGB8';
const fixedBytes = 16;
const longestName = 255;

/**
 * The pictures that a job left: each 'RGB8', u32 bytes of the name, u32 width, u32 height, name, width·height·3 bytes.
 * The bytes are the job's own and may be anything: nothing is decoded, and where one length is wrong all are refused.
 */
export function parseOutputs(bytes: Uint8Array, limits: Pick<SandboxLimits, 'outputs' | 'outputPixels'>): readonly CodeOutput[] | { readonly malformed: string } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const outputs: CodeOutput[] = [];
  let at = 0;
  while (at < buffer.length) {
    if (outputs.length === limits.outputs) return { malformed: `more than ${limits.outputs} images` };
    if (buffer.length - at < fixedBytes || buffer.toString('latin1', at, at + 4) !== magic) return { malformed: `no image at byte ${at}` };
    const [nameBytes, width, height] = [4, 8, 12].map((field) => buffer.readUInt32LE(at + field)) as [number, number, number];
    const pixels = width * height;
    if (pixels === 0 || pixels > limits.outputPixels) return { malformed: `an image of ${width} × ${height}` };
    const [nameStart, dataStart] = [at + fixedBytes, at + fixedBytes + nameBytes];
    at = dataStart + pixels * 3;
    if (nameBytes === 0 || nameBytes > longestName || at > buffer.length) return { malformed: `an image of ${width} × ${height} that ends too early` };
    const name = printable(buffer.toString('utf8', nameStart, dataStart));
    // No copy: nearly all of a frame are the pixels of its outputs.
    outputs.push({ name, image: { width, height, data: new Uint8Array(bytes.buffer, bytes.byteOffset + dataStart, pixels * 3) } });
  }
  return outputs;
}

/** A name to show and keep, never a path: what could lead elsewhere or play tricks on a terminal becomes `_`. */
const printable = (name: string): string => name.replaceAll(/[\p{C}/\\:]/gu, '_').replaceAll('..', '__');
