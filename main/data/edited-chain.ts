import type { EditedStep } from '../records/annotation.ts';
import type { ChainStep, Sample } from '../records/sample.ts';
import { readSolution, writeSolution } from './solution-text.ts';

// A chain as a person edits it, and back. What was not edited stays as its file wrote it: solutions, contexts, fields of
// its rows. What follows an edit is written anew.

/**
 * What a step brought is told by the next one. Of the last step nothing tells it, nor of code that made the image that was
 * there before: then it stands among the step's own fields, under this name.
 */
const waiting = 'brought';

type Brought = Pick<EditedStep, 'information' | 'result'>;

const nothing: Brought = { information: '', result: null };

/** The steps of a sample's chain, without what follows from other steps. */
export function stepsOf(sample: Sample): readonly EditedStep[] {
  const chain = sample.chain ?? [];
  return chain.map((step, i) => ({ kind: step.kind, ...readSolution(step), ...(waitingIn(step) ?? toldBy(chain[i + 1], step, sample.images[0])) }));
}

/** Steps without the images that code made: what it ran on is another. */
export const withoutResults = (steps: readonly EditedStep[]): readonly EditedStep[] => steps.map((step) => (step.result === null ? step : { ...step, result: null }));

/**
 * Edited steps as a chain: the same one where nothing was edited. Steps may have been inserted, removed and moved.
 * @param before The sample with the chain that the steps were read from.
 */
export function chainOf(steps: readonly EditedStep[], before: Sample): readonly ChainStep[] {
  const [own, chain, read] = [before.images[0], before.chain ?? [], stepsOf(before)];
  const origins = originsOf(steps, read);
  const written: ChainStep[] = [];
  let context = chain[0]?.context ?? '';
  let image = chain[0]?.image ?? own;
  // Whether all steps so far say, and show, what those of the chain before do.
  let [toldAlike, shownAlike] = [true, true];
  for (const [i, step] of steps.entries()) {
    const [there, thereRead] = [chain[i], read[i]];
    if (toldAlike && there) context = there.context;
    if (shownAlike && there) image = there.image ?? own;
    const origin = origins[i];
    const from = origin === undefined ? undefined : (chain[origin] as ChainStep);
    const solution = from && saysSame(step, read[origin as number]) ? from.solution : writeSolution(step, from);
    const sameImage = from !== undefined && (from.image ?? own) === image;
    const shown = sameImage ? from.image : image === own ? undefined : image;
    const stale = [...(from?.context === context ? [] : ['problem', 'context']), ...(from?.solution === solution ? [] : ['gt']), ...(sameImage ? [] : ['image_path'])];
    const extra = extraOf(from, stale);
    written.push({ kind: step.kind, context, solution, ...(shown !== undefined && { image: shown }), ...(extra && { extra }) });
    toldAlike &&= saysSame(step, thereRead) && step.information.trim() === thereRead?.information;
    shownAlike &&= step.result === thereRead?.result;
    context += `\n${solution}${step.information.trim() === '' ? '' : `\n<information> ${step.information.trim()} </information>`}`;
    image = step.result ?? image;
  }
  return written.map((step, i) => withBrought(step, steps[i] as EditedStep, toldBy(written[i + 1], step, own)));
}

const saysSame = (a: EditedStep, b: EditedStep | undefined): boolean => a.kind === b?.kind && a.think === b.think && a.body === b.body;

/** Which step of the chain before each edited one was: the same where it stood, the same anywhere, one of its kind where it stood. */
function originsOf(steps: readonly EditedStep[], read: readonly EditedStep[]): readonly (number | undefined)[] {
  const free = new Set(read.keys());
  const origins = new Array<number | undefined>(steps.length);
  const rules: readonly ((step: EditedStep, i: number) => number | undefined)[] = [
    (step, i) => (saysSame(step, read[i]) ? i : undefined),
    (step) => [...free].find((origin) => saysSame(step, read[origin])),
    (step, i) => (step.kind === read[i]?.kind ? i : undefined),
  ];
  for (const rule of rules) {
    for (const [i, step] of steps.entries()) {
      const origin = origins[i] === undefined ? rule(step, i) : undefined;
      if (origin !== undefined && free.delete(origin)) origins[i] = origin;
    }
  }
  return origins;
}

const toldBy = (next: ChainStep | undefined, step: ChainStep, own: string | undefined): Brought => (next ? { information: informationBetween(step, next), result: resultBetween(step, next, own) } : nothing);

/** What stands between the information tags that the next context has and this one's has not. */
function informationBetween(step: ChainStep, next: ChainStep): string {
  const quoted = `${step.context}\n${step.solution}`;
  const isContinued = next.context.startsWith(step.context);
  // A context that begins otherwise may still end with what this search brought.
  if (!isContinued && step.kind !== 'search') return '';
  const rest = next.context.slice(next.context.startsWith(quoted) ? quoted.length : isContinued ? step.context.length : 0);
  const [open, close] = [isContinued ? rest.indexOf('<information>') : rest.lastIndexOf('<information>'), rest.lastIndexOf('</information>')];
  return open < 0 || close < open ? '' : rest.slice(open + '<information>'.length, close).trim();
}

/** The image of the next step, where it is another one, or its own by name after code. */
function resultBetween({ kind, image: shown }: ChainStep, { image: next }: ChainStep, own: string | undefined): string | null {
  if (kind === 'code' && shown === undefined && next !== undefined) return next;
  return (next ?? own) === (shown ?? own) ? null : (next ?? own ?? null);
}

function waitingIn({ extra }: ChainStep): Brought | undefined {
  const { information, result } = (extra?.[waiting] ?? {}) as Readonly<Record<string, unknown>>;
  return typeof information === 'string' && (typeof result === 'string' || result === null) ? { information, result } : undefined;
}

/** The step with what it brought, where that is not told without. */
function withBrought(step: ChainStep, { information, result }: Brought, told: Brought): ChainStep {
  const isTold = told.information === information.trim() && told.result === result;
  if (isTold && !waitingIn(step)) return step;
  const extra = extraOf(step, [waiting]) ?? {};
  const { extra: _, ...rest } = step;
  if (!isTold) return { ...rest, extra: { ...extra, [waiting]: { information: information.trim(), result } } };
  return { ...rest, ...(Object.keys(extra).length > 0 && { extra }) };
}

/** The fields of a step's own row without those that are stale; nothing where none are left. */
function extraOf(from: ChainStep | undefined, stale: readonly string[]): ChainStep['extra'] {
  const fields = Object.entries(from?.extra ?? {});
  const kept = fields.filter(([name]) => !stale.includes(name));
  return kept.length === fields.length ? from?.extra : kept.length === 0 ? undefined : Object.fromEntries(kept);
}
