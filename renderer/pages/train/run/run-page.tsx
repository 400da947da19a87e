import { useParams } from '@tanstack/react-router';
import { useEngine } from '../../../connection/hooks.ts';
import { TrainTabs } from '../train-tabs.tsx';
import { RunView } from './run-view.tsx';

/** One run, by its name in the address. */
export function RunPage() {
  const { run } = useParams({ strict: false }) as { readonly run: string };
  const { data } = useEngine('app.status', undefined, { refetchMs: 3000 });
  return (
    <div>
      <TrainTabs tab={data?.working.some((working) => working.run === run) ? 'current' : 'history'} />
      <RunView key={run} run={run} />
    </div>
  );
}
