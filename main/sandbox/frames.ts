// The host's end of native/sandbox/frames.py: magic, u32 header bytes, u64 payload bytes, header (JSON), payload.

const prefixBytes = 16;
const mostHeaderBytes = 64 * 1024;

export type Frame = { readonly header: unknown; readonly payload: Uint8Array };

/** The zygote said something that is no frame: it cannot be trusted any more. */
export class FrameError extends Error {}

/** A frame in the pieces in which it is written; the payload is not copied. */
export function encodeFrame(header: Readonly<Record<string, unknown>>, payload: Uint8Array = new Uint8Array()): readonly Uint8Array[] {
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.write('ARQ1', 'latin1');
  prefix.writeUInt32LE(text.length, 4);
  prefix.writeBigUInt64LE(BigInt(payload.length), 8);
  return [Buffer.concat([prefix, text]), ...(payload.length > 0 ? [payload] : [])];
}

/** Puts frames together from the pieces in which they arrive. */
export class FrameReader {
  readonly #mostPayloadBytes: number;
  #prefix: Buffer = Buffer.alloc(0);
  #body: { readonly headerBytes: number; readonly bytes: Buffer; filled: number } | undefined;

  constructor(mostPayloadBytes: number) {
    this.#mostPayloadBytes = mostPayloadBytes;
  }

  /**
   * The frames that `piece` completes.
   * @throws FrameError for anything that is no frame, or one larger than it may be.
   */
  push(piece: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let rest = piece;
    while (rest.length > 0) {
      if (this.#body === undefined) {
        const missing = prefixBytes - this.#prefix.length;
        this.#prefix = Buffer.concat([this.#prefix, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#prefix.length === prefixBytes) this.#body = this.#open(this.#prefix);
        if (this.#body === undefined) continue;
      }
      const body = this.#body;
      const copied = rest.copy(body.bytes, body.filled);
      body.filled += copied;
      rest = rest.subarray(copied);
      if (body.filled === body.bytes.length) {
        frames.push({ header: parseHeader(body.bytes.subarray(0, body.headerBytes)), payload: body.bytes.subarray(body.headerBytes) });
        this.#body = undefined;
        this.#prefix = Buffer.alloc(0);
      }
    }
    return frames;
  }

  #open(prefix: Buffer): { headerBytes: number; bytes: Buffer; filled: number } {
    const magic = prefix.toString('latin1', 0, 4);
    const headerBytes = prefix.readUInt32LE(4);
    const payloadBytes = prefix.readBigUInt64LE(8);
    if (magic !== 'ARP1') throw new FrameError(`a frame begins with ${JSON.stringify(magic)}`);
    if (headerBytes === 0 || headerBytes > mostHeaderBytes) throw new FrameError(`a header of ${headerBytes} bytes`);
    if (payloadBytes > BigInt(this.#mostPayloadBytes)) throw new FrameError(`a payload of ${payloadBytes} bytes, at most ${this.#mostPayloadBytes} can be`);
    return { headerBytes, bytes: Buffer.allocUnsafe(headerBytes + Number(payloadBytes)), filled: 0 };
  }
}

function parseHeader(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new FrameError('a header that is no JSON', { cause: error });
  }
}
