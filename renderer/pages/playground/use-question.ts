import { useSessionStorage } from '@mantine/hooks';

/** What is being asked, as it is written; `from` is the visit whose address filled it in. */
export type Written = { readonly text: string; readonly images: readonly string[]; readonly from: string };

const nothing: Written = { text: '', images: [], from: '' };

/** Kept while another page is shown, and over a reload. */
export const useQuestion = (): readonly [Written, (change: Partial<Written>) => void] => {
  const [written, setWritten] = useSessionStorage<Written>({ key: 'arft-question', defaultValue: nothing, getInitialValueInEffect: false, deserialize: read });
  return [written, (change) => setWritten((before) => ({ ...before, ...change }))];
};

function read(text: string | undefined): Written {
  try {
    return { ...nothing, ...(JSON.parse(text ?? '{}') as Partial<Written>) };
  } catch {
    return nothing;
  }
}
