import type { EditedStep } from '../records/annotation.ts';
import type { ChainStep } from '../records/sample.ts';

type Said = Pick<EditedStep, 'think' | 'body'>;

/**
 * What a step's solution says, exactly as it stands between the tags. MAT keeps the thought of some steps in the field
 * `gt` of the row alone. A solution of another shape is a body as a whole.
 */
export function readSolution({ kind, solution, extra }: ChainStep): Said {
  const said = split(kind, solution);
  if (!said) return { think: '', body: solution };
  const whole = said.think === '' && typeof extra?.['gt'] === 'string' ? split(kind, extra['gt']) : undefined;
  return whole?.body.trim() === said.body.trim() ? { think: whole.think, body: said.body } : said;
}

/** @param from The step that this one was; of another shape, it may go on bringing its tags in its body. */
export function writeSolution({ kind, think, body }: EditedStep, from?: ChainStep): string {
  if (from && think === '' && !split(kind, from.solution) && body.includes(`<${kind}>`) && body.includes(`</${kind}>`)) return body;
  return `${think === '' ? '' : `<think>${think}</think>`}<${kind}>${body}</${kind}>`;
}

/** `<think>…</think><kind>…</kind>`, the thought being optional; nothing for any other shape. */
function split(kind: ChainStep['kind'], solution: string): Said | undefined {
  const text = solution.trim();
  const [open, close] = [`<${kind}>`, `</${kind}>`];
  if (!text.endsWith(close)) return undefined;
  const bodyOf = (rest: string): string => rest.slice(open.length, -close.length);
  if (text.startsWith(open)) return { think: '', body: bodyOf(text) };
  if (!text.startsWith('<think>')) return undefined;
  for (let end = text.indexOf('</think>'); end >= 0; end = text.indexOf('</think>', end + 1)) {
    const rest = text.slice(end + '</think>'.length).trimStart();
    if (rest.startsWith(open)) return { think: text.slice('<think>'.length, end), body: bodyOf(rest) };
  }
  return undefined;
}
