type Figures = { readonly f1: number; readonly em: number };

export type Published = { readonly name: string; readonly benchmark: string; readonly mode: 'agent' | 'direct'; readonly n: number; readonly source: string; readonly parts: Readonly<Record<string, Figures>> };

const source = 'Visual-ARFT, arXiv:2505.14246, from the released predictions';

/** Figures of the released 3B models, as the authors' own scorer counts their released predictions (F1, EM in percent). */
export const published: readonly Published[] = [
  { name: 'Visual-ARFT-Coding 3B', benchmark: 'mat-coding', mode: 'agent', n: 200, source, parts: { all: { f1: 35.9, em: 22.5 }, simple: { f1: 49.78, em: 40 }, hard: { f1: 28.42, em: 13.08 } } },
  { name: 'Visual-ARFT-Search 3B', benchmark: 'mat-search', mode: 'agent', n: 150, source, parts: { all: { f1: 53.7, em: 46 }, simple: { f1: 59.64, em: 54.67 }, hard: { f1: 47.75, em: 37.33 } } },
  { name: 'Visual-ARFT-Search 3B', benchmark: 'musique', mode: 'agent', n: 2417, source, parts: { all: { f1: 19.1, em: 11.58 } } },
  { name: 'Visual-ARFT-Search 3B', benchmark: 'bamboogle', mode: 'agent', n: 125, source, parts: { all: { f1: 49.01, em: 38.4 } } },
];

/** The benchmarks in the order of the paper's tables. */
export const benchmarkTitles: Readonly<Record<string, string>> = { 'mat-coding': 'MAT-Coding', 'mat-search': 'MAT-Search', '2wiki': '2WikiMultihopQA', hotpotqa: 'HotpotQA', musique: 'MuSiQue', bamboogle: 'Bamboogle', 'mat-mini': 'MAT-mini' };
export const benchmarkNames = Object.keys(benchmarkTitles);
export const titleOf = (benchmark: string): string => benchmarkTitles[benchmark] ?? benchmark;
