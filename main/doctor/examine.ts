import type { Check, CheckContext, CheckFunction } from './check.ts';
import { computeProviders, graphicsMemory } from './compute.ts';
import { disk, memory, processor, software } from './machine.ts';
import { models } from './models.ts';
import { python, sandbox } from './tools.ts';

const checks: readonly CheckFunction[] = [processor, memory, software, computeProviders, graphicsMemory, python, sandbox, disk, models];

/** Everything that a machine offers for this program, in the order of the list above; the checks run at the same time. */
export const examineMachine = async (context: CheckContext): Promise<readonly Check[]> => (await Promise.all(checks.map((check) => check(context)))).flat();
