import type { SchemaElement } from 'hyparquet';

/** What a Parquet file says about itself: all that is read before its rows. */
export type ParquetHead = {
  readonly schema: readonly SchemaElement[];
  readonly metadata: readonly { readonly key: string; readonly value?: string }[];
};

/** An image within a row, which is counted from the first of its message. */
export type DecodedImage = { readonly row: number; readonly name: string; readonly reference: string; readonly bytes: Uint8Array };

/** From the decoder's process to ours. */
export type FromDecoder =
  | { readonly kind: 'head'; readonly head: ParquetHead }
  /** Rows that follow each other, as the text of a JSON list, and the images in them. */
  | { readonly kind: 'rows'; readonly json: string; readonly images: readonly DecodedImage[] }
  | { readonly kind: 'end' }
  | { readonly kind: 'failure'; readonly place: string; readonly message: string };

/** From us to the decoder, which does one file at a time. */
export type ToDecoder =
  /** `ahead`: the messages of rows that it may send unasked; `images`: whether with the bytes of the images. */
  | { readonly kind: 'decode'; readonly file: string; readonly images: boolean; readonly ahead: number }
  /** It may send one more message of rows. */
  | { readonly kind: 'next' };

// Lines on its stderr, since that arrives even where the decoder ends at once: what is being read and takes a while, and
// the last words before it ends itself because that takes too long, with the seconds.
export const place = '@ ';
export const tooLong = '! ';

/** Shared by the decoder and the thread that watches it. */
export type Progress = {
  /** Turns of work so far; processor time that this one may take, in ms; bytes of `place`. */
  readonly numbers: Int32Array<SharedArrayBuffer>;
  /** What is being read, in UTF-8. */
  readonly place: Uint8Array<SharedArrayBuffer>;
};

/** The decoder's heap, in MiB. A row group of a million short texts takes about a quarter of it. */
export const decoderHeapMiB = 2048;
