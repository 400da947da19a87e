import { InputError } from '../../records/input-error.ts';

/** How the matrices of a model are stored in few bits: along each row in blocks, each with a scale (and a zero point). */
export type QuantizationScheme = {
  readonly bits: 4 | 8;
  /** Weights that share a scale. */
  readonly block: 32 | 64 | 128;
  /** Symmetric blocks have their zero in the middle of the range; others store it. */
  readonly symmetric: boolean;
};

/** The spelling of a scheme on the command line: int4, int4-block64, int4-block128-asymmetric, int8 … */
export const schemeText = ({ bits, block, symmetric }: QuantizationScheme): string =>
  `int${bits}${block === 32 ? '' : `-block${block}`}${symmetric ? '' : '-asymmetric'}`;

/** All schemes by their spelling. */
export const schemes: Readonly<Record<string, QuantizationScheme>> = Object.fromEntries(
  ([4, 8] as const).flatMap((bits) =>
    ([32, 64, 128] as const).flatMap((block) => [true, false].map((symmetric) => [schemeText({ bits, block, symmetric }), { bits, block, symmetric }] as const)),
  ),
);

/** @throws InputError listing the spellings. */
export function parseScheme(text: string, thing = '--quantize'): QuantizationScheme {
  if (Object.hasOwn(schemes, text)) return schemes[text] as QuantizationScheme;
  throw new InputError({ thing, expected: `one of ${Object.keys(schemes).join(', ')}`, found: text, remedy: 'Choose one of them; int4 is the usual one.' });
}

/** Sizes of the parts of a quantised matrix [rows, columns]. */
export function quantizedSizes({ bits, block, symmetric }: QuantizationScheme, rows: number, columns: number) {
  const blocks = Math.ceil(columns / block);
  const blockBytes = (block * bits) / 8;
  const zeroPointBytes = symmetric ? 0 : rows * Math.ceil((blocks * bits) / 8);
  return { blocks, blockBytes, weightBytes: rows * blocks * blockBytes, scales: rows * blocks, zeroPointBytes };
}
