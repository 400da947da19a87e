import { useLocalStorage } from '@mantine/hooks';

/** Names that are typed anew each time: the same whatever their case, as the engine has it. */
export const samePerson = (a: string, b: string | null): boolean => folded(a) === folded(b ?? '');

const folded = (name: string): string => name.trim().normalize('NFC').toLowerCase();

/** The name of whoever sits at this window; empty until they said it. */
export function useWho(): readonly [string, (name: string) => void] {
  const [name, setName] = useLocalStorage({ key: 'arft-annotator', defaultValue: '', getInitialValueInEffect: false });
  return [name, (next) => setName(next.trim().slice(0, 100))];
}
