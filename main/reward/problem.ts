// Rewards for naming what is wrong with an image: 1, 0.5 or 0 (Visual-ARFT, section 4.3).

type Names = readonly string[];

/** 1 for the same set, 0.5 where they have a name in common, else 0: the paper's reward. */
export function paperProblemReward(named: Names, gold: Names): number {
  const [a, b] = [new Set(named), new Set(gold)];
  return same(a, b) ? 1 : a.isDisjointFrom(b) ? 0 : 0.5;
}

/** 1 for the same set, 0.5 where at least half of all names of both are common, else 0: naming every issue earns nothing. */
export function problemReward(named: Names, gold: Names): number {
  const [a, b] = [new Set(named), new Set(gold)];
  if (same(a, b)) return 1;
  const common = a.intersection(b).size;
  return common > 0 && common * 2 >= a.union(b).size ? 0.5 : 0;
}

const same = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.size > 0 && a.size === b.size && a.isSubsetOf(b);
