import { type ChainStep, type ImageIssue, type Sample, imageIssues } from '../../records/sample.ts';
import type { JsonObject } from '../files/json-rows.ts';
import { listStyle } from '../files/json-style.ts';
import { joinChains } from './chains.ts';
import { type Format, RowFault, type WriteContext, extraOf, lacks, textOf } from './format.ts';

// The paper trains in steps: each row is one step of an annotated chain, with what was said before as its context. A
// search file may have no context and repeat the chain inside `problem` instead, as the reference's trainer reads it.

const stepOf = { pre_problem: 'problem', pre_code: 'code', pre_answer: 'answer' } as const;
const typeOf: Readonly<Record<ChainStep['kind'], string | undefined>> = { problem: 'pre_problem', code: 'pre_code', answer: 'pre_answer', search: undefined };

const imageNames: NonNullable<Format['imageNames']> = (sample, row, i) => [[row['image_path'] as string, (sample.chain?.[i]?.image ?? sample.images[0]) as string]];

/** MAT's training file for agentic coding. */
export const matCodingTraining: Format = {
  name: 'mat-coding-training',
  title: 'MAT training, agentic coding',
  misfit: (row) => lacks(row, ['type', 'image_path', 'problem', 'solution']) ?? (stepKind(row) ? undefined : `field "type" is none of ${Object.keys(stepOf).join(', ')}`),
  read: (row, { defaultId }) => {
    const kind = stepKind(row);
    if (!kind) throw new RowFault(`field "type": expected ${Object.keys(stepOf).join(', ')}, found ${JSON.stringify(row['type'])}`);
    const step = readStep(row, kind, ['type']);
    const issues = kind === 'problem' ? issuesIn(step.solution) : undefined;
    return { ...sampleOf(row, step, defaultId, 'coding'), ...(issues && { issues }) };
  },
  write: (sample, context) => writeSteps(sample, context, ({ kind }) => {
    const type = typeOf[kind];
    if (!type) throw new RowFault(`has a step "${kind}", which the coding file does not know`);
    return { type };
  }),
  imageNames,
  join: joinChains,
  fresh: { version: 1, format: 'mat-coding-training', container: 'list', keys: ['type', 'image_path', 'problem', 'context', 'solution', 'gt'], numericIds: false, style: listStyle, head: '[\n    ', between: ',\n    ', tail: '\n]' },
};

/** MAT's training file for agentic search. */
export const matSearchTraining: Format = {
  name: 'mat-search-training',
  title: 'MAT training, agentic search',
  misfit: (row) => lacks(row, ['image_path', 'problem', 'solution']) ?? (Object.hasOwn(row, 'type') ? 'it has a field "type", as coding files have' : undefined),
  read: (row, { defaultId }) => {
    const solution = textOf(row, 'solution');
    const kind = solution.includes('<search>') ? 'search' : solution.includes('<answer>') ? 'answer' : undefined;
    if (!kind) throw new RowFault('field "solution": expected <search>…</search> or <answer>…</answer>, found neither');
    return sampleOf(row, readStep(row, kind, []), defaultId, 'search');
  },
  write: (sample, context) => writeSteps(sample, context, ({ kind }) => {
    if (kind !== 'search' && kind !== 'answer') throw new RowFault(`has a step "${kind}", which the search file does not know`);
    return {};
  }),
  imageNames,
  join: joinChains,
  fresh: { version: 1, format: 'mat-search-training', container: 'list', keys: ['image_path', 'problem', 'context', 'solution'], numericIds: false, style: listStyle, head: '[\n    ', between: ',\n    ', tail: '\n]' },
};

const stepKind = (row: JsonObject): ChainStep['kind'] | undefined => stepOf[row['type'] as keyof typeof stepOf];

function readStep(row: JsonObject, kind: ChainStep['kind'], known: readonly string[]): ChainStep {
  const context = row['context'] ?? '';
  if (typeof context !== 'string') throw new RowFault('field "context": expected text');
  // An empty context is as good as none for training, and only its writing tells them apart.
  return { kind, context, solution: textOf(row, 'solution'), ...extraOf(row, ['solution', 'problem', ...(context === '' ? [] : ['context']), ...known]) };
}

function sampleOf(row: JsonObject, step: ChainStep, id: string, task: Sample['task']): Sample {
  const problem = textOf(row, 'problem');
  const question = questionIn(problem);
  const answer = step.kind === 'answer' ? (/<answer>([\s\S]*?)<\/answer>/.exec(step.solution)?.[1] ?? step.solution).trim() : undefined;
  return {
    version: 1,
    id,
    task,
    question,
    answers: answer === undefined ? [] : [answer],
    images: [textOf(row, 'image_path')],
    chain: [step],
    ...(problem !== question && { extra: { problem } }),
  };
}

/** A question without the <query> tags around it. */
export const questionIn = (problem: string): string => /^\s*<query>([\s\S]*)<\/query>\s*$/.exec(problem)?.[1]?.trim() ?? problem;

/** `{'rotation90', 'dark'}` → names; nothing where one of them is unknown. */
function issuesIn(solution: string): readonly ImageIssue[] | undefined {
  const body = /<problem>([\s\S]*?)<\/problem>/.exec(solution)?.[1] ?? solution;
  const names = [...body.matchAll(/['"]([^'"]+)['"]/g)].map(([, name]) => name as ImageIssue);
  return names.length > 0 && names.every((name) => imageIssues.includes(name)) ? names : undefined;
}

function writeSteps(sample: Sample, { nameOf }: WriteContext, typed: (step: ChainStep) => JsonObject): readonly JsonObject[] {
  const [image] = sample.images;
  if (image === undefined) throw new RowFault('has no image, and these files ask about images');
  if (!sample.chain || sample.chain.length === 0) throw new RowFault('has no annotated chain, and each row of these files is a step of one');
  const kept = sample.extra?.['problem'];
  const first = typeof kept === 'string' && questionIn(kept) === sample.question ? kept : sample.question;
  return sample.chain.map((step) => ({
    ...typed(step),
    image_path: nameOf(step.image ?? image),
    problem: first,
    // A search step that repeats the chain inside its problem brings both fields along.
    ...(step.context !== '' && step.extra?.['problem'] === undefined && { context: step.context }),
    solution: step.solution,
    ...step.extra,
  }));
}
