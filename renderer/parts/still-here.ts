import { useCallback, useEffect, useRef } from 'react';

/** Says whether the component is still shown. Answers come late: a dialog that was closed meanwhile closes no other one. */
export function useStillHere(): () => boolean {
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => void (here.current = false);
  }, []);
  return useCallback(() => here.current, []);
}
