import { expect, it } from 'vitest';
import type { Ending, Trajectory } from '../../../main/records/trajectory.ts';
import { FaultWatch } from '../../../main/train/fault-watch.ts';

const ended = (...endings: readonly Ending[]) => endings.map((ending) => ({ trajectory: { ending } as Trajectory }));
const fault = (reason: string): Ending => ({ kind: 'invalid', where: 'sandbox', reason });
const good: Ending = { kind: 'answered', answer: '1' };

it('three steps in a row with faults of ours alone end a run, and the commonest is told', () => {
  const watch = new FaultWatch('r');
  const bad = ended(fault('gone'), fault('torn'), fault('torn'));
  watch.look(bad);
  watch.look(bad);
  expect(() => watch.look(bad)).toThrow(/run r: .*3 steps in a row.*sandbox: torn.*arft resume r/s);
});

it('three steps in a row none of whose demonstrations can be learnt end a run; one that can begins the count anew', () => {
  const watch = new FaultWatch('r');
  const none = { samples: [], leftOut: [{ sample: 'odd', reason: 'demonstration odd: a special token' }] };
  watch.lookAtDemonstrations(none);
  watch.lookAtDemonstrations(none);
  watch.lookAtDemonstrations({ ...none, samples: ['even'] });
  watch.lookAtDemonstrations(none);
  watch.lookAtDemonstrations(none);
  expect(() => watch.lookAtDemonstrations(none)).toThrow(/run r: .*3 steps in a row none.*demonstration odd: a special token.*arft runs show r/s);
});

it('one episode that counts begins the count anew; a step without episodes is no fault', () => {
  const watch = new FaultWatch('r');
  for (let i = 0; i < 4; i++) {
    watch.look(ended(fault('gone')));
    watch.look(ended(fault('gone')));
    watch.look(i % 2 === 0 ? ended(fault('gone'), good) : []);
  }
});
