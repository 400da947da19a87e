import { useLocalStorage, useSessionStorage } from '@mantine/hooks';

type Kept<T> = readonly [T, (change: Partial<T>) => void];

/** What is damaged counts as nothing; a field that an earlier version did not have, as at first. */
function options<T extends object>(key: string, first: T) {
  const deserialize = (text: string | undefined): T => {
    try {
      return { ...first, ...(JSON.parse(text ?? '{}') as Partial<T>) };
    } catch {
      return first;
    }
  };
  return { key, defaultValue: first, getInitialValueInEffect: false, deserialize };
}

/** Fields of a form that are kept from visit to visit. */
export function useKeptFields<T extends object>(key: string, first: T): Kept<T> {
  const [fields, set] = useLocalStorage<T>(options(key, first));
  return [fields, (change) => set((before) => ({ ...before, ...change }))];
}

/** Fields that are kept while another page is shown, and over a reload. */
export function useVisitFields<T extends object>(key: string, first: T): Kept<T> {
  const [fields, set] = useSessionStorage<T>(options(key, first));
  return [fields, (change) => set((before) => ({ ...before, ...change }))];
}
