import type { RunNotice } from '../store/runs/runs.ts';
import { toldStep } from './told-steps.ts';

/** An event of a run as a window lists it: a name and a text where it has them, whatever kind it is. */
export function toldEvent({ kind, step, at, detail }: RunNotice) {
  return {
    kind, at, step: kind === 'alarm' ? toldStep(step) : step,
    name: text(detail['name'] ?? detail['why']),
    text: text(detail['message'] ?? detail['reason'] ?? detail['folder'] ?? scores(detail['heldOut'])),
  };
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Held-out figures in percent; their names are the same in every language. */
function scores(heldOut: unknown): string | undefined {
  if (typeof heldOut !== 'object' || heldOut === null) return undefined;
  const figures = heldOut as Readonly<Record<string, unknown>>;
  return [['F1', figures['f1']], ['EM', figures['em']]].flatMap(([name, value]) => (typeof value === 'number' ? [`${name as string} ${value.toFixed(1)} %`] : [])).join(', ');
}
