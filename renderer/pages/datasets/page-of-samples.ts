import type { Filter } from './address.ts';

/** Samples of one question to the engine. */
export const pageSize = 100;

export const pageOfSamples = (dataset: number, filter: Filter, page: number) => ({ dataset, filter, offset: page * pageSize, limit: pageSize });
