import type { ChainStep, Sample } from '../../records/sample.ts';

/** Where a chain begins inside a problem that repeats it. */
const chainStart = /<(?:think|search|information|problem|code)>/;

/** A step on its own, with the whole prompt that it answers: problem and context. */
type Link = { readonly sample: Sample; readonly step: ChainStep; readonly problem: string; readonly prompt: string };

/**
 * Puts chains together from their steps, in whatever order these stand: steps of one picture and question, each prompt
 * beginning with the whole prompt of the step before. A step whose predecessor is missing begins a chain of its own.
 * @param steps Samples of one step each.
 * @returns One sample for each chain, in the order of their first rows.
 */
export function joinChains(steps: readonly Sample[]): readonly Sample[] {
  const groups = new Map<string, Link[]>();
  for (const sample of steps) {
    const step = sample.chain?.[0] as ChainStep;
    const problem = (sample.extra?.['problem'] as string | undefined) ?? sample.question;
    const cut = problem.search(chainStart);
    const key = `${pictureOf(step, sample)}\n${(cut < 0 ? problem : problem.slice(0, cut)).trim()}`;
    const link: Link = { sample, step, problem, prompt: problem + step.context };
    const group = groups.get(key);
    if (group) group.push(link);
    else groups.set(key, [link]);
  }
  return [...groups.values()].flatMap(linked).map(chainOf).sort((a, b) => rowOf(a) - rowOf(b));
}

const rowOf = ({ source }: Sample): number => source?.[0]?.row ?? 0;

/** MAT names a degraded picture `x_proc.png` and the same one repaired `x_ori.png`; a chain goes from one to the other. */
const pictureOf = ({ extra }: ChainStep, { images }: Sample): string => ((extra?.['image_path'] ?? images[0]) as string).replace(/_(?:proc|ori)(?=\.\w+$|$)/, '');

/** Steps with one prompt, and the chains that end with them. */
type Ends = { readonly prompt: string; readonly chains: Link[][] };

function linked(group: readonly Link[]): readonly (readonly Link[])[] {
  const chains: Link[][] = [];
  // Sorted as text, a prompt comes after all that it begins with, and those lie on the stack, the longest on top.
  const stack: Ends[] = [];
  for (const link of group.toSorted((a, b) => (a.prompt < b.prompt ? -1 : a.prompt > b.prompt ? 1 : rowOf(a.sample) - rowOf(b.sample)))) {
    while (stack.length > 0 && !link.prompt.startsWith((stack.at(-1) as Ends).prompt)) stack.pop();
    const chain = takePredecessor(stack, link) ?? [];
    if (chain.length === 0) chains.push(chain);
    chain.push(link);
    if (stack.at(-1)?.prompt === link.prompt) stack.at(-1)?.chains.push(chain);
    else stack.push({ prompt: link.prompt, chains: [chain] });
  }
  return chains;
}

/** The chain whose last prompt is the longest beginning of this one; of several the one whose solution it quotes. */
function takePredecessor(stack: readonly Ends[], link: Link): Link[] | undefined {
  for (let i = stack.length - 1; i >= 0; i--) {
    const { prompt, chains } = stack[i] as Ends;
    if (prompt === link.prompt || chains.length === 0) continue;
    const rest = link.prompt.slice(prompt.length);
    if (chains[0]?.at(-1)?.problem !== link.problem && !chainStart.test(rest)) continue; // another question that begins alike
    // Equal beginnings are few in earnest; the limit keeps a file of nothing else from taking quadratic time.
    const quoted = chains.slice(0, 64).findIndex((chain) => rest.includes(actionOf((chain.at(-1) as Link).step.solution)));
    return chains.splice(Math.max(0, quoted), 1)[0];
  }
  return undefined;
}

/** The last tag of a solution with its body: what the next context quotes, with or without the thought before. */
const actionOf = (solution: string): string => /<(\w+)>(?:(?!<\1>)[\s\S])*<\/\1>\s*$/.exec(solution)?.[0].trim() ?? solution.trim();

function chainOf(links: readonly Link[]): Sample {
  const [first] = links as [Link];
  const [image] = first.sample.images as [string];
  const chain = links.map(({ sample, step, problem }): ChainStep => {
    const own = sample.images[0] as string;
    const grown = problem === first.problem ? {} : { context: problem.slice(first.problem.length) + step.context, extra: { ...step.extra, problem, ...(step.context !== '' && { context: step.context }) } };
    return { ...step, ...(own !== image && { image: own }), ...grown };
  });
  const answer = links.findLast(({ step }) => step.kind === 'answer');
  const repaired = answer?.sample.images[0];
  const issues = links.find(({ sample }) => sample.issues)?.sample.issues;
  return {
    ...first.sample,
    answers: answer?.sample.answers ?? [],
    ...(first.sample.task === 'coding' && repaired !== undefined && repaired !== image && { cleanImage: repaired }),
    ...(issues && { issues }),
    chain,
    source: links.flatMap(({ sample }) => sample.source ?? []),
  };
}
