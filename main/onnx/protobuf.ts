/** Writes the protocol-buffer wire format: fields in the order of the calls. Nested messages are written first and embedded. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  #push(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.#length += bytes.byteLength;
    return this;
  }

  /** Base-128 digits, lowest first; negative numbers as their 64-bit two's complement. */
  #varint(number: number): this {
    const digits: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(number));
    while (rest > 127n) {
      digits.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    return this.#push(Uint8Array.of(...digits, Number(rest)));
  }

  #tag(field: number, wireType: 0 | 2 | 5): this {
    return this.#varint(field * 8 + wireType);
  }

  int(field: number, number: number): this {
    return this.#tag(field, 0).#varint(number);
  }

  float(field: number, number: number): this {
    return this.#tag(field, 5).#push(new Uint8Array(Float32Array.of(number).buffer));
  }

  bytes(field: number, bytes: Uint8Array): this {
    return this.#tag(field, 2).#varint(bytes.byteLength).#push(bytes);
  }

  string(field: number, text: string): this {
    return this.bytes(field, new TextEncoder().encode(text));
  }

  message(field: number, nested: ProtobufWriter): this {
    this.#tag(field, 2).#varint(nested.#length);
    for (const part of nested.#parts) this.#push(part);
    return this;
  }

  finish(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      all.set(part, offset);
      offset += part.byteLength;
    }
    return all;
  }
}
