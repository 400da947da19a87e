import { useRef, useState } from 'react';

/**
 * A value as it is typed: the text stays as it was written for as long as it says the value, and becomes the value's own
 * when that changes from elsewhere.
 */
export function useHeldText<T>(value: T, write: (value: T) => string, read: (text: string) => T): readonly [string, (text: string) => T] {
  const [text, setText] = useState(() => write(value));
  const same = useRef<T>(value);
  let shown = text;
  if (value !== same.current) {
    same.current = value;
    if (write(read(text)) !== write(value)) {
      shown = write(value);
      setText(shown);
    }
  }
  return [shown, (next) => {
    setText(next);
    return read(next);
  }];
}
