/** The value of a JSON text with its numbers as the texts that stand there: 5.0 is not 5, and whole numbers may be longer than a float64. */
export const parseAsWritten = (text: string, isNumber: (key: string) => boolean = () => false): unknown =>
  JSON.parse(text, ((key: string, value: unknown, { source }: { readonly source?: string }) => (typeof value === 'number' && !isNumber(key) ? source : value)) as (key: string, value: unknown) => unknown);
