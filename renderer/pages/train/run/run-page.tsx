import { useParams } from '@tanstack/react-router';
import { TrainTabs } from '../train-tabs.tsx';
import { RunView } from './run-view.tsx';

/** One run, by its name in the address. */
export function RunPage() {
  const { run } = useParams({ strict: false }) as { readonly run: string };
  return (
    <div>
      <TrainTabs tab="history" />
      <RunView key={run} run={run} />
    </div>
  );
}
