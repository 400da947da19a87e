import type { AnnotationState } from '../../../main/records/annotation.ts';

/** Samples of one question to the engine. */
export const pageSize = 200;

export const pageOfRows = (dataset: number, state: AnnotationState | null, page: number) => ({ dataset, state, offset: page * pageSize, limit: pageSize });
