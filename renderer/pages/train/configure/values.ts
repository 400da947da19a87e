export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Draft = { readonly [key: string]: Json };

/** A value of a configuration in a line of text. */
export function valueText(value: Json): string {
  if (value === '' || value === null) return '–';
  if (typeof value === 'object') return Array.isArray(value) ? value.map((each) => valueText(each as Json)).join(', ') || '–' : Object.entries(value).map(([key, each]) => `${key} ${valueText(each as Json)}`).join(', ') || '–';
  return String(value);
}

/** A value as a text field holds it. */
export const textOf = (value: Json | undefined): string => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value));

export function read(draft: Draft, key: string): Json | undefined {
  const [section = '', field] = key.split('.');
  const value = draft[section];
  return field === undefined ? value : (value as Draft | undefined)?.[field];
}

export function write(draft: Draft, key: string, value: Json): Draft {
  const [section = '', field] = key.split('.');
  return field === undefined ? { ...draft, [section]: value } : { ...draft, [section]: { ...(draft[section] as Draft | undefined), [field]: value } };
}

export const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);
