import type { Scripts } from '../policy/open.ts';

/** Policies without a model that are built in. */
export const scripts: Scripts = {};
