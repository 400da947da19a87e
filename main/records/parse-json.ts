/** The value of a JSON text; undefined where it is none. For text from outside, which a schema checks next. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
