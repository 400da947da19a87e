import { createHash } from 'node:crypto';
import type { BenchmarkData } from '../data/benchmark.ts';
import type { Sample } from '../records/sample.ts';

/** By which an evaluation knows its data again, of the first `items` samples. */
export type DataHash = {
  /** Of the samples with images as their rows name them: the same wherever the folder lies and however its path is written. */
  readonly own: string;
  /** As earlier versions took it, of samples with the paths of their images: another spelling of the path gave another hash. */
  readonly former: string;
};

export const dataHash = ({ rows, samples }: Pick<BenchmarkData, 'rows' | 'samples'>, items: number): DataHash => ({ own: hashOf(rows.slice(0, items)), former: hashOf(samples.slice(0, items)) });

const hashOf = (samples: readonly Sample[]): string => createHash('sha256').update(JSON.stringify(samples)).digest('hex');
