import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useStream } from '../../connection/hooks.ts';
import { engineKey } from '../../connection/queries.ts';
import type { Row } from './groups.ts';

// What was asked of a run stays true only until its log grows, or is cut back.

/** A run that goes on has more steps, and one that was resumed may have others. */
export function useRunChanges(): void {
  const client = useQueryClient();
  useStream('app.changes', undefined, ({ topic, id }) => {
    if (topic !== 'runs') return;
    void client.invalidateQueries({ queryKey: engineKey('rollouts.runs') });
    // A key with a part of the input stands for all that have it.
    for (const method of ['rollouts.steps', 'rollouts.step', 'rollouts.drawn']) void client.invalidateQueries({ queryKey: engineKey(method, id === undefined ? undefined : { run: id }) });
  });
}

/** Where the list of a step is another than before, so are its trajectories. */
export function useOwnTrajectories(rows: readonly Row[] | undefined, run: string, step: number | undefined): void {
  const client = useQueryClient();
  const before = useRef<{ readonly step: number | undefined; readonly rows: readonly Row[] }>(undefined);
  useEffect(() => {
    if (!rows) return;
    const changed = before.current !== undefined && before.current.step === step && before.current.rows !== rows;
    before.current = { step, rows };
    if (changed) for (const method of ['rollouts.trajectory', 'rollouts.tokens']) void client.invalidateQueries({ queryKey: engineKey(method, { run, step }) });
  }, [client, rows, run, step]);
}
