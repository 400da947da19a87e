// A sample's key is made of its dataset's number and its ordinal, so that a dataset is a range of keys.

const samplesOfDataset = 2 ** 32;

export const keyOf = (dataset: number, ordinal: number): number => dataset * samplesOfDataset + ordinal;

export const ordinalOf = (key: number): number => key % samplesOfDataset;

/** The first and the last key that a dataset may have. */
export const keysOf = (dataset: number): readonly [first: number, last: number] => [keyOf(dataset, 0), keyOf(dataset, samplesOfDataset - 1)];
