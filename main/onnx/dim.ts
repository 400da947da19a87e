/**
 * Dimensions of tensors: numbers, or polynomials with integer coefficients in named symbols.
 *
 * A graph for any number of tokens has dimensions such as `B*S` or `P + R + S`. Because they are values, shape
 * inference is exact, a memory plan is an evaluation, and a reshape can be checked before it runs.
 */
export type Dim = number | SymbolicDim;

/** Sum of monomials: the key lists its symbols in order, joined by `*` (the empty key is the constant). */
export type SymbolicDim = { readonly terms: ReadonlyMap<string, number> };

export type Shape = readonly Dim[];

/** Values of the symbols, for instance `{ B: 8, S: 1, P: 1000, R: 64 }`. */
export type Bindings = Readonly<Record<string, number>>;

export function symbol(name: string): Dim {
  // These would be read as a product, a sum or a constant.
  if (name === '' || /[*+\s]/.test(name)) throw new Error(`a symbol cannot be named ${JSON.stringify(name)}`);
  return { terms: new Map([[name, 1]]) };
}

const termsOf = (dim: Dim): ReadonlyMap<string, number> => (typeof dim === 'number' ? new Map([['', dim]]) : dim.terms);

/** The simplest form: zero terms dropped, a constant as a plain number. */
function simplify(terms: ReadonlyMap<string, number>): Dim {
  const kept = [...terms].filter(([, coefficient]) => coefficient !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  if (kept.length === 0) return 0;
  const [only] = kept;
  if (kept.length === 1 && only && only[0] === '') return only[1];
  return { terms: new Map(kept) };
}

export function addDims(...dims: readonly Dim[]): Dim {
  const sum = new Map<string, number>();
  for (const dim of dims) for (const [key, c] of termsOf(dim)) sum.set(key, (sum.get(key) ?? 0) + c);
  return simplify(sum);
}

export function multiplyDims(...dims: readonly Dim[]): Dim {
  let product: ReadonlyMap<string, number> = new Map([['', 1]]);
  for (const dim of dims) {
    const next = new Map<string, number>();
    for (const [a, ca] of product) {
      for (const [b, cb] of termsOf(dim)) {
        const key = [...a.split('*'), ...b.split('*')].filter((s) => s !== '').sort().join('*');
        next.set(key, (next.get(key) ?? 0) + ca * cb);
      }
    }
    product = next;
  }
  return simplify(product);
}

export const subtractDims = (a: Dim, b: Dim): Dim => addDims(a, multiplyDims(-1, b));

/** Number of elements of a tensor. */
export const elementCount = (shape: Shape): Dim => multiplyDims(...shape);

// A graph asks for the text of a few dimensions very often, to compare them.
const texts = new WeakMap<SymbolicDim, string>();

export function dimText(dim: Dim): string {
  if (typeof dim === 'number') return String(dim);
  const known = texts.get(dim);
  if (known !== undefined) return known;
  const text = [...dim.terms].map(([key, c]) => (key === '' ? String(c) : c === 1 ? key : `${c}*${key}`)).join(' + ');
  texts.set(dim, text);
  return text;
}

export const shapeText = (shape: Shape): string => `[${shape.map(dimText).join(', ')}]`;

export const equalDims = (a: Dim, b: Dim): boolean => a === b || dimText(a) === dimText(b);

export const equalShapes = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, i) => equalDims(dim, b[i] as Dim));

/** Whether the dimension is below 0 whatever its symbols are; symbols are sizes, never negative. */
export function isSurelyNegative(dim: Dim): boolean {
  const terms = termsOf(dim);
  return (terms.get('') ?? 0) < 0 && [...terms.values()].every((coefficient) => coefficient < 0);
}

export function symbolsOf(dim: Dim): readonly string[] {
  return [...new Set([...termsOf(dim).keys()].flatMap((key) => key.split('*')).filter((s) => s !== ''))];
}

/** The dimension's value; a symbol without a binding is an error that names it. */
export function evaluateDim(dim: Dim, bindings: Bindings): number {
  let sum = 0;
  for (const [key, coefficient] of termsOf(dim)) {
    let product = coefficient;
    for (const name of key.split('*')) {
      if (name === '') continue;
      const value = bindings[name];
      if (value === undefined) throw new Error(`dimension ${dimText(dim)}: no value for ${name}; given: ${JSON.stringify(bindings)}`);
      product *= value;
    }
    sum += product;
  }
  return sum;
}
